import { runProcess } from "../command";
import { importCommand } from "./command";

runProcess(importCommand);
