import type { Money } from "../api/types";

/** The order number of the reports about a test click. */
export function testReference(clickId: string): string {
  return `TEST-${clickId.slice(-12)}`;
}

/** A command that sends a report; the key comes from the environment, so that it is not shown. */
export function curl(apiUrl: string, what: string, body: Record<string, unknown>): string {
  return [
    `curl ${apiUrl}/postbacks/${what} \\`,
    '  -H "Authorization: Bearer $SMP_API_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${JSON.stringify(body)}'`,
  ].join("\n");
}

/** The line that reports a purchase from a confirmation page. */
export function pixelTag(
  pixelUrl: string,
  clickToken: string,
  reference: string,
  { amount, currency }: Money,
): string {
  const query = new URLSearchParams({
    click: clickToken,
    reference,
    quantity: "1",
    amount: String(amount),
    currency,
  });
  const url = `${pixelUrl}?${query.toString()}`.replaceAll("&", "&amp;");
  return `<img src="${url}" width="1" height="1" alt="">`;
}
