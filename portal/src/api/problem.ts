export interface FieldError {
  field: string;
  message: string;
}

/** Who changed what a refused edit would have overwritten. */
export interface Changed {
  by: string | undefined;
  at: string | undefined;
}

/** An error response of the API (application/problem+json, RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly fields: FieldError[];
  /** The stable error code, such as "sold_out". */
  readonly code: string | undefined;
  /** Of an edit that was made from an old version. */
  readonly changed: Changed | undefined;

  constructor(
    status: number,
    title: string,
    detail?: string,
    fields: FieldError[] = [],
    code?: string,
    changed?: Changed,
  ) {
    super(detail ?? title);
    this.name = "Problem";
    this.status = status;
    this.title = title;
    this.fields = fields;
    this.code = code;
    this.changed = changed;
  }
}

const namesOperation = /\brole does not include [a-z]+_/;

export async function problemFrom(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  if (!isRecord(body)) return new Problem(response.status, titleForStatus(response.status));
  const detail = text(body.detail);
  return new Problem(
    response.status,
    text(body.title) ?? titleForStatus(response.status),
    // The API names the operation by its id, which tells a reader nothing.
    detail !== undefined && namesOperation.test(detail) ? titleForStatus(403) : detail,
    Array.isArray(body.errors) ? body.errors.flatMap(fieldError) : [],
    text(body.type)?.replace(/^urn:smp:/, ""),
    isRecord(body.changed) ? { by: text(body.changed.by), at: text(body.changed.at) } : undefined,
  );
}

/** The error as text for the reader. */
export function explain(error: unknown): string {
  if (error instanceof Problem)
    return error.fields.length > 0 ? error.fields.map(fieldMessage).join(" ") : error.message;
  if (error instanceof TypeError)
    return "Can’t reach the server. Check your connection and try again.";
  if (error instanceof Error) return error.message;
  return "Something went wrong. Try again.";
}

/** A field's message with the field's name, for use away from the field: "Price minor: Too low." */
export function fieldMessage({ field, message }: FieldError): string {
  const name = field.split(".").findLast((part) => !/^\d+$/.test(part)) ?? "";
  const spaced = name.replaceAll("_", " ");
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return name === ""
    ? sentence
    : `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}: ${sentence}`;
}

export interface MappedErrors {
  /** Messages by form field. */
  fields: Record<string, string>;
  /** The errors that belong to no field of the form; null if there are none. */
  general: string | null;
}

/**
 * Assigns the API's field errors to the fields of a form. `placeOf` gives the form's field that shows
 * the errors of a field, if there is one; the errors of others go to `general`. `rename` maps the
 * API's names to the form's (`{ hold_seconds: "hold_minutes" }`). `valueAt` gives the value of a part
 * of a field, which its message then names.
 */
export function mapProblem(
  error: unknown,
  placeOf: (field: string) => string | null,
  rename: Record<string, string> = {},
  valueAt: (field: string) => unknown = () => undefined,
): MappedErrors {
  if (!(error instanceof Problem) || error.fields.length === 0)
    return { fields: {}, general: explain(error) };
  const fields: Record<string, string> = {};
  const unplaced: string[] = [];
  for (const { field, message } of error.fields) {
    const name = renamed(field, rename);
    const place = placeOf(name);
    if (place === null) unplaced.push(fieldMessage({ field, message }));
    else if (place === name) fields[place] ??= message;
    else fields[place] ??= partMessage(valueAt(name), message);
  }
  return { fields, general: unplaced.length > 0 ? unplaced.join(" ") : null };
}

/** “LI”: Use a two-letter country code. An id tells the reader nothing, so it is left out. */
function partMessage(value: unknown, message: string): string {
  const isName = typeof value === "string" && !/^[0-9a-f-]{36}$/.test(value);
  return isName ? `“${value}”: ${message}` : message;
}

function renamed(field: string, rename: Record<string, string>): string {
  const whole = rename[field];
  if (whole !== undefined) return whole;
  return field
    .split(".")
    .map((part) => rename[part] ?? part)
    .join(".");
}

function titleForStatus(status: number): string {
  if (status === 401) return "You are not signed in. Sign in and try again.";
  if (status === 403) return "Your role doesn’t allow this. Ask an owner or SMP for access.";
  if (status === 404) return "This doesn’t exist, or you don’t have access to it.";
  if (status === 409 || status === 412)
    return "This was changed in the meantime. Reload the page and try again.";
  if (status === 413) return "This is too large to send.";
  if (status >= 500) return "The server had an error. Try again.";
  return "The server rejected the request.";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function fieldError(value: unknown): FieldError[] {
  if (!isRecord(value)) return [];
  const message = text(value.message);
  return message === undefined ? [] : [{ field: text(value.field) ?? "", message }];
}
