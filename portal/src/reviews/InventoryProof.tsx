import { Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Proof, ProofFinding, Revision, RevisionContent } from "../api/types";
import { FormError } from "../components/FormError";
import { ErrorState } from "../components/ListStates";
import { ReasonDialog } from "../components/ReasonDialog";
import { StateBadge } from "../components/StateBadge";
import { WholeInput } from "../components/WholeInput";
import { formatCount } from "../format/numbers";
import { formatDateTime, formatRelative } from "../format/time";
import { wholeError, wholeValue } from "../format/typedNumber";
import { slotDates } from "../sales/saleState";

const proofsPath = "/providers/{tenant}/sales/{sale}/revisions/{revision}/proofs";

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

/** What an approval verifies first: every proof that was not refused, with the quantities entered. */
export function findingsOf(
  content: Pick<RevisionContent, "items">,
  verified: Verified,
  proofs: Proof[],
): ProofFinding[] {
  const refused = new Set(
    proofs.filter(({ state }) => state === "refused").map(({ sale_item_id }) => sale_item_id),
  );
  return content.items
    .filter(({ sale_item_id }) => !refused.has(sale_item_id))
    .map(({ sale_item_id }) => ({
      sale_item_id,
      decision: "verify",
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
  return content.items.every(
    (item) => verifiedQuantityError(item, verified[item.sale_item_id]) === null,
  );
}

const proofsParams = (revision: Revision) => ({
  params: {
    path: { tenant: revision.tenant.id, sale: revision.sale_id, revision: revision.id },
  },
});

export function useProofs(revision: Revision) {
  return $api.useQuery("get", proofsPath, proofsParams(revision));
}

/** Verifies or refuses proofs of a revision. */
export function useProofDecision(revision: Revision) {
  const decide = $api.useMutation("post", proofsPath, {
    onSuccess: () => refresh(proofsPath),
  });
  const send = (proofs: ProofFinding[]) =>
    decide.mutateAsync({
      ...proofsParams(revision),
      body: { content_hash: revision.content_hash, proofs },
    });
  return { decide, send };
}

interface InventoryProofProps {
  revision: Revision;
  verified: Verified;
  onChange: (verified: Verified) => void;
}

/** Each item's guarantee and evidence, to verify a quantity or to refuse it with a reason. */
export function InventoryProof({ revision, verified, onChange }: InventoryProofProps) {
  const { content } = revision;
  const proofs = useProofs(revision);
  const { decide, send } = useProofDecision(revision);
  const [refusing, setRefusing] = useState<Item | null>(null);
  const close = () => {
    decide.reset();
    setRefusing(null);
  };
  return (
    <Stack gap="sm">
      <Text size="sm">
        By approving, you verify these quantities.{" "}
        {content.mode === "hosted"
          ? "Stock never exceeds them."
          : "The provider’s own cart sells from them."}
      </Text>
      {proofs.isError && <ErrorState error={proofs.error} retry={() => void proofs.refetch()} />}
      <FormError message={refusing === null ? decide.error : null} />
      {content.items.map((item) => {
        const proof = proofs.data?.items.find(
          ({ sale_item_id }) => sale_item_id === item.sale_item_id,
        );
        const name = [item.name, slotDates(item)].filter(Boolean).join(", ");
        return (
          <div key={item.sale_item_id} role="group" aria-label={name}>
            <WholeInput
              label={`Verified: ${name}`}
              description={guaranteeSummary(item, content.kind)}
              value={verified[item.sale_item_id] ?? ""}
              error={verifiedQuantityError(item, verified[item.sale_item_id])}
              onChange={(value) => onChange({ ...verified, [item.sale_item_id]: value })}
            />
            <Evidence item={item} tenantId={revision.tenant.id} />
            {proof && <ProofFacts proof={proof} />}
            <Group gap="xs" mt={6}>
              {proof?.state === "refused" ? (
                <Button
                  size="compact-sm"
                  variant="default"
                  loading={decide.isPending}
                  onClick={() => {
                    const findings = findingsOf({ ...content, items: [item] }, verified, []);
                    void send(findings).catch(() => undefined);
                  }}
                >
                  Verify after all
                </Button>
              ) : (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => {
                    decide.reset();
                    setRefusing(item);
                  }}
                >
                  Refuse this proof
                </Button>
              )}
            </Group>
          </div>
        );
      })}
      <ReasonDialog
        key={refusing?.sale_item_id ?? ""}
        opened={refusing !== null}
        onClose={close}
        title={`Refuse the proof of ${refusing?.name ?? ""}?`}
        message="The provider is told why, and can answer with other evidence. Ask for changes to give the sale back."
        action="Refuse proof"
        destructive
        pending={decide.isPending}
        error={decide.error}
        onSubmit={(reason) => {
          if (refusing === null) return;
          const { sale_item_id } = refusing;
          void send([{ sale_item_id, decision: "refuse", reason }]).then(close, () => undefined);
        }}
      />
    </Stack>
  );
}

function Evidence({ item, tenantId }: { item: Item; tenantId: string }) {
  return (
    <Text size="sm" c="dimmed" mt={4}>
      {item.evidence === "" ? "No written evidence." : item.evidence}{" "}
      {item.evidence_asset_id && (
        <Anchor
          href={`/api/v1/providers/${tenantId}/assets/${item.evidence_asset_id}/original`}
          download
          underline="always"
          inherit
        >
          Evidence file
        </Anchor>
      )}
    </Text>
  );
}

/** Where a proof stands, what stock was reported, and who else guarantees the same units. */
export function ProofFacts({ proof }: { proof: Proof }) {
  const { stock_figure: figure } = proof;
  return (
    <Stack gap={2} mt={4}>
      <Group gap="xs">
        <StateBadge state={proof.state} />
        {proof.state === "verified" && proof.verified_quantity != null && (
          <Text size="sm">{formatCount(proof.verified_quantity)} verified</Text>
        )}
      </Group>
      {proof.reason !== "" && <Text size="sm">{proof.reason}</Text>}
      {figure && (
        <Text size="sm" c="dimmed">
          {formatCount(figure.quantity)} in stock, reported by {figure.reported_by}{" "}
          {formatRelative(figure.reported_at)}
          {!figure.is_fresh && ", too long ago to count"}.
        </Text>
      )}
      {proof.guaranteed_elsewhere.map((other) => (
        <Text key={other.sale_id} size="sm" c="dimmed">
          {formatCount(other.quantity)} also guaranteed in “{other.title}” until{" "}
          {formatDateTime(other.ends_at)}.
        </Text>
      ))}
    </Stack>
  );
}

function guaranteeSummary({ capacity, guaranteed_quantity }: Item, kind: string): string {
  if (kind === "aggregated") return `Made to order, with a cap of ${capacity}.`;
  return `${capacity} on sale, ${guaranteed_quantity ?? capacity} guaranteed.`;
}
