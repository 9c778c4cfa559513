import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["node_modules/", "dist/", "**/*.js", "**/*.cjs", "**/*.mjs"] },
    ...tseslint.configs.strictTypeChecked,
    ...tseslint.configs.stylisticTypeChecked,
    {
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        plugins: { "@pulumi": pulumi },
        rules: {
            "@pulumi/no-output-in-template-literal": "error",
            "@pulumi/no-output-instance-in-template-literal": "error",
            "max-lines": ["error", { max: 300 }],
            // `import x = require()` is the module itself, where `import * as` can be a copy.
            "@typescript-eslint/no-require-imports": ["error", { allowAsImport: true }],
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
            // A parser whose caller says what it expects.
            "@typescript-eslint/no-unnecessary-type-parameters": "off",
            "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
        },
    },
    {
        files: ["test/**/*.ts"],
        rules: {
            // chai's assertions are properties, and a test may index what it has just counted.
            "@typescript-eslint/no-unused-expressions": "off",
            "@typescript-eslint/no-non-null-assertion": "off",
            "@typescript-eslint/no-base-to-string": "off",
            "max-lines": "off",
            "no-restricted-syntax": [
                "error",
                {
                    selector: "Program > ExpressionStatement > CallExpression[callee.name=/^(before|after)(Each)?$/]",
                    message: "A hook outside of `describe` runs for the tests of all files.",
                },
            ],
        },
    },
);
