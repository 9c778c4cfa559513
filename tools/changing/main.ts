import { runProcess } from "../command";
import { changingCommand } from "./command";

runProcess(changingCommand);
