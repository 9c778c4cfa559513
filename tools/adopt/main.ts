import { runProcess } from "../command";
import { adoptCommand } from "./command";

runProcess(adoptCommand());
