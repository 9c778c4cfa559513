/** Page that is shown until a site is published. It complies with the security headers. */
export const PLACEHOLDER = `<!doctype html>
<html lang="en">
    <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>No site yet</title>
        <style>
            body { font-family: system-ui, sans-serif; max-width: 36rem; margin: 20vh auto; padding: 0 1rem; line-height: 1.5; }
        </style>
    </head>
    <body>
        <h1>No site has been published yet</h1>
        <p>The platform is up. Publish the site to its bucket, and invalidate the distribution: it takes this page's place.</p>
    </body>
</html>
`;
