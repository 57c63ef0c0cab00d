// Loads the demo world into a folder and stops it. Tests start from a copy if SMP_WORLD names it.
import { startDemo } from "./support/demo.mjs";

const folder = process.argv[2];
if (!folder) throw new Error("No folder given. Usage: node world.mjs FOLDER");
const demo = await startDemo(folder);
await demo.stop();
