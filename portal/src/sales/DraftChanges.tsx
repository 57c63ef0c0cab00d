import { Alert } from "@mantine/core";
import type { Sale } from "../api/types";
import { DataTable } from "../components/DataTable";
import { Panel } from "../components/Panel";
import { draftChanges } from "./liveSale";
import { showsDraft } from "./saleState";

/** The draft's values that shoppers do not see, beside those they see. */
export function DraftChanges({ sale, live }: { sale: Sale; live: Sale | null }) {
  const changes = live === null ? [] : draftChanges(live, sale);
  if (changes.length > 0)
    return (
      <Panel title={sale.in_review ? "Changes in review, not live" : "Draft changes, not live"}>
        <DataTable
          label="Draft changes"
          rows={changes}
          rowKey={(change) => change.label}
          columns={[
            { header: "What", cell: (change) => change.label },
            { header: "Live", cell: (change) => change.live || "–" },
            { header: "Draft", cell: (change) => change.draft || "–" },
          ]}
        />
      </Panel>
    );
  if (live !== null || !showsDraft(sale)) return null;
  return (
    <Alert color="gray" title="These are the values of the draft">
      Shoppers see the approved version until SMP approves the changes.
    </Alert>
  );
}
