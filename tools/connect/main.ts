import { runProcess } from "../command";
import { connectCommand } from "./command";

runProcess(connectCommand());
