import { runProcess } from "../command";
import { changesCommand } from "./command";

runProcess(changesCommand);
