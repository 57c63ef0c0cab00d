/**
 * What asks for the second factor again: such a request is refused until a code was typed, and then
 * sent once more by itself.
 */

type Send = (request: Request) => Promise<Response>;
/** Asks for a code. Answers whether it was right; false if the dialog was closed. */
type AskForCode = () => Promise<boolean>;

let askForCode: AskForCode | null = null;
let asking: Promise<boolean> | null = null;

/** Registers the dialog. Returns a function that takes it back. */
export function onCodeNeeded(ask: AskForCode): () => void {
  askForCode = ask;
  return () => {
    if (askForCode === ask) askForCode = null;
  };
}

/** Sends a request, and sends it again once a code was typed, if it is refused for want of one. */
export async function sendWithStepUp(request: Request, send: Send): Promise<Response> {
  const again = request.clone();
  const response = await send(request);
  if (response.status !== 403 || askForCode === null || !(await needsCode(response)))
    return response;
  // Several requests wait for one dialog.
  asking ??= askForCode().finally(() => {
    asking = null;
  });
  return (await asking) ? sendWithStepUp(again, send) : response;
}

async function needsCode(response: Response): Promise<boolean> {
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return (
    typeof problem === "object" &&
    problem !== null &&
    "type" in problem &&
    problem.type === "urn:smp:second_factor_needed"
  );
}
