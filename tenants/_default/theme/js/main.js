// What every page does.
import { startClocks } from "./countdown.js";
import { focusErrors, guardForms, helpTyping, releaseOnReturn } from "./forms.js";
import { correctFromPage, localise } from "./time.js";

correctFromPage();
localise(document);
startClocks(document);
guardForms(document);
releaseOnReturn();
helpTyping();
focusErrors();
