import { runProcess } from "../command";
import { planCommand } from "./command";

runProcess(planCommand);
