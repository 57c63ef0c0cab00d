import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import { byCursor } from "../api/pages";
import type { LedgerDifference } from "../api/types";
import { DataTable } from "../components/DataTable";
import { ChoiceFilter, FilterBar, useChoice } from "../components/Filters";
import { FormError } from "../components/FormError";
import { EmptyState } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { humanize } from "../format/text";

const states = ["open", "explained"] as const;

const whatDiffers: Record<LedgerDifference["kind"], string> = {
  unbalanced: "A transfer does not add up to zero",
  balance: "What is owed to a provider is not the sum of its entries",
  payment: "A payment",
  refund: "A refund",
};

/** Where the difference was found, in words. */
function foundIn({ source }: LedgerDifference): string {
  return source === "ledger" ? "Recount of the ledger" : `Report of ${humanize(source)}`;
}

/** What does not agree with SMP's books, for finance. */
export function ReconciliationPage() {
  const [state, setState] = useChoice("state", states);
  const [explaining, setExplaining] = useState<LedgerDifference | null>(null);
  const differences = $api.useInfiniteQuery(
    "get",
    "/ledger-differences",
    { params: { query: { state } } },
    byCursor,
  );
  return (
    <>
      <PageHeader
        title="Reconciliation"
        lead="What the recount of the ledger found, and where a gateway’s own report says something else than our books. Each stays open until somebody notes why."
      />
      <FilterBar>
        <ChoiceFilter
          label="State"
          all="Open and explained"
          value={state}
          onChange={setState}
          options={states.map((value) => ({ value, label: humanize(value) }))}
        />
      </FilterBar>
      <PagedList
        query={differences}
        empty={
          <EmptyState title="Nothing differs">
            {state === undefined
              ? "The books agree with themselves and with the gateways’ reports."
              : "None match. Change the filter."}
          </EmptyState>
        }
      >
        {(items) => <Differences differences={items} onExplain={setExplaining} />}
      </PagedList>
      <Modal
        opened={explaining !== null}
        onClose={() => setExplaining(null)}
        title="Explain a difference"
      >
        {explaining !== null && (
          <Explanation
            key={explaining.id}
            difference={explaining}
            onClose={() => setExplaining(null)}
          />
        )}
      </Modal>
    </>
  );
}

interface DifferencesProps {
  differences: LedgerDifference[];
  onExplain: (difference: LedgerDifference) => void;
}

function Differences({ differences, onExplain }: DifferencesProps) {
  return (
    <DataTable
      label="Differences"
      rows={differences}
      rowKey={({ id }) => id}
      columns={[
        {
          header: "What differs",
          cell: (difference) => (
            <div>
              {whatDiffers[difference.kind]}
              <Text size="sm" c="dimmed">
                {foundIn(difference)}: {difference.subject}
              </Text>
              {difference.note != null && <Text size="sm">{difference.note}</Text>}
            </div>
          ),
        },
        { header: "Found", cell: ({ found_at }) => <Timestamp at={found_at} />, kind: "dim" },
        {
          header: "By our books",
          cell: ({ expected }) => (expected == null ? "Nothing" : formatMoney(expected)),
          kind: "number",
        },
        {
          header: "Found amount",
          cell: ({ found }) => (found == null ? "Nothing" : formatMoney(found)),
          kind: "number",
        },
        { header: "State", cell: ({ state }) => <StateBadge state={`difference_${state}`} /> },
        {
          header: "Explain",
          cell: (difference) => (
            <Button
              size="xs"
              variant="default"
              onClick={() => onExplain(difference)}
              aria-label={`Explain: ${difference.subject}`}
            >
              {difference.state === "open" ? "Explain" : "Change note"}
            </Button>
          ),
        },
      ]}
    />
  );
}

interface ExplanationProps {
  difference: LedgerDifference;
  onClose: () => void;
}

function Explanation({ difference, onClose }: ExplanationProps) {
  const [note, setNote] = useState(difference.note ?? "");
  const [missing, setMissing] = useState(false);
  const explain = $api.useMutation("put", "/ledger-differences/{difference}/note", {
    onSuccess: async () => {
      await refresh("/ledger-differences");
      notifySuccess("Note saved.");
      onClose();
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (note.trim() === "") setMissing(true);
        else
          explain.mutate({
            params: { path: { difference: difference.id } },
            body: { note: note.trim() },
          });
      }}
    >
      <Stack>
        <Text size="sm">The note moves no money. It says why the amounts differ.</Text>
        <Textarea
          label="Why it differs"
          autosize
          minRows={3}
          value={note}
          onChange={(event) => {
            setNote(event.currentTarget.value);
            setMissing(false);
          }}
          error={missing ? "Enter why it differs." : undefined}
          data-autofocus
        />
        {explain.error != null && <FormError message={explain.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={explain.isPending}>
            Save note
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
