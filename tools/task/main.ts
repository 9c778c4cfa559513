import { runProcess } from "../command";
import { taskCommand } from "./command";

runProcess(taskCommand());
