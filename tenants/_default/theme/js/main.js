// The script of every page.
import { followCountry } from "./address.js";
import { startClocks } from "./countdown.js";
import { focusErrors, guardForms, releaseOnReturn } from "./forms.js";
import { keepTyped } from "./keep-typed.js";
import { correctFromPage, localise } from "./time.js";

correctFromPage();
localise(document);
startClocks(document);
guardForms(document);
releaseOnReturn();
focusErrors();
followCountry();
keepTyped();
