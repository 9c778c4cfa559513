import { runProcess } from "../command";
import { resumeCommand } from "./command";

runProcess(resumeCommand());
