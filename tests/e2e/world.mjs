// Loads the demo world into the folder named, and stops it: SMP_WORLD for whoever wants to begin with it.
import { startDemo } from "./support/demo.mjs";

const folder = process.argv[2];
if (!folder) throw new Error("Name the folder: node world.mjs FOLDER");
const demo = await startDemo(folder);
await demo.stop();
