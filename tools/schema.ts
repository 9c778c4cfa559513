/** Writes `stacks/config.schema.json`: the JSON Schema of a stack file, for editors. `npm run schema` */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { stackFileSchema } from "../stacks/stack-file-schema";

const file = path.join(__dirname, "..", "stacks", "config.schema.json");
writeFileSync(file, `${JSON.stringify(stackFileSchema(), null, 2)}\n`);
console.log(`wrote ${path.relative(process.cwd(), file)}`);
