import { Anchor, Stack, Text } from "@mantine/core";
import type { Revision, RevisionContent } from "../api/types";
import { WholeInput } from "../components/WholeInput";
import { formatCount } from "../format/numbers";
import { wholeError, wholeValue } from "../format/typedNumber";
import { slotDates } from "../sales/saleState";

type Item = RevisionContent["items"][number];

/** Verified quantities by sale item, as typed. */
export type Verified = Record<string, string>;

/** The quantities a manager is asked to verify: the guaranteed quantity, or else the capacity. */
export function guaranteedQuantities(content: RevisionContent): Verified {
  return Object.fromEntries(
    content.items.map((item) => [
      item.sale_item_id,
      String(item.guaranteed_quantity ?? item.capacity),
    ]),
  );
}

/**
 * The verified quantities an approval sends; none for a redirect sale, whose stock SMP does not
 * hold.
 */
export function verifiedInput(content: RevisionContent, verified: Verified) {
  if (content.mode === "redirect") return [];
  return content.items.map(({ sale_item_id }) => ({
    sale_item_id,
    quantity: wholeValue(verified[sale_item_id] ?? "") ?? 0,
  }));
}

/** The error in a verified quantity; null if there is none. */
export function verifiedQuantityError(
  { capacity }: Pick<Item, "capacity">,
  text: string | undefined,
): string | null {
  const problem = wholeError(text ?? "", { missing: "Enter a whole number." });
  if (problem !== null) return problem;
  return (wholeValue(text ?? "") ?? 0) < capacity
    ? `The capacity is ${formatCount(capacity)}. Verify at least that many, or ask for changes.`
    : null;
}

/** Whether every quantity that the approval needs can be sent. */
export function isVerifiable(content: RevisionContent, verified: Verified): boolean {
  return (
    content.mode === "redirect" ||
    content.items.every((item) => verifiedQuantityError(item, verified[item.sale_item_id]) === null)
  );
}

interface InventoryProofProps {
  revision: Revision;
  verified: Verified;
  onChange: (verified: Verified) => void;
}

/** Each item's guarantee and evidence, with a field for the verified quantity. */
export function InventoryProof({ revision, verified, onChange }: InventoryProofProps) {
  const { content, tenant } = revision;
  if (content.mode === "redirect") return null;
  return (
    <Stack gap="sm">
      <Text size="sm">By approving, you confirm these quantities. Stock never exceeds them.</Text>
      {content.items.map((item) => (
        <div key={item.sale_item_id}>
          <WholeInput
            label={`Verified: ${[item.name, slotDates(item)].filter(Boolean).join(", ")}`}
            description={guaranteeSummary(item, content.kind)}
            value={verified[item.sale_item_id] ?? ""}
            error={verifiedQuantityError(item, verified[item.sale_item_id])}
            onChange={(value) => onChange({ ...verified, [item.sale_item_id]: value })}
          />
          <Text size="sm" c="dimmed" mt={4}>
            {item.evidence === "" ? "No written evidence." : item.evidence}{" "}
            {item.evidence_asset_id && (
              <Anchor
                href={`/api/v1/providers/${tenant.id}/assets/${item.evidence_asset_id}/original`}
                download
                underline="always"
                inherit
              >
                Evidence file
              </Anchor>
            )}
          </Text>
        </div>
      ))}
    </Stack>
  );
}

function guaranteeSummary({ capacity, guaranteed_quantity }: Item, kind: string): string {
  if (kind === "aggregated") return `Made to order, with a cap of ${capacity}.`;
  return `${capacity} on sale, ${guaranteed_quantity ?? capacity} guaranteed.`;
}
