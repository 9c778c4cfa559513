import { runProcess } from "../command";
import { preflightCommand } from "./command";

runProcess(preflightCommand());
