import { Anchor, Stack } from "@mantine/core";
import { Link } from "react-router";
import { $api } from "../api/client";
import type { VettingQueueEntry } from "../api/types";
import { staffBase } from "../app/workspace";
import { DataTable, RowLink } from "../components/DataTable";
import { EmptyState } from "../components/ListStates";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { Timestamp } from "../components/Timestamp";
import { plural } from "../format/text";

function reasonOf({ waits_for, answers }: VettingQueueEntry): string {
  if (waits_for === "application") return "Application to take";
  if (waits_for === "answers") return `${plural(answers, "answer")} to check`;
  return "Ready to decide";
}

/** What of the vetting waits for SMP. */
export function VettingPage() {
  const queue = $api.useQuery("get", "/vetting/queue");
  return (
    <LoadedPage query={queue}>
      {({ items, leads_due }) => (
        <>
          <PageHeader title="Vetting" lead="What waits for SMP, longest first." />
          <Stack gap="lg">
            {leads_due > 0 && (
              <Anchor component={Link} to={`${staffBase}/leads?due=yes`}>
                {plural(leads_due, "lead")} to follow up
              </Anchor>
            )}
            {items.length === 0 ? (
              <EmptyState title="Nothing waits for SMP">
                Applications and new answers will be listed here.
              </EmptyState>
            ) : (
              <DataTable
                label="Vetting"
                rows={items}
                rowKey={(entry) => entry.provider_id}
                columns={[
                  {
                    header: "Provider",
                    cell: (entry) => (
                      <RowLink to={`${staffBase}/providers/${entry.provider_id}`}>
                        {entry.name}
                      </RowLink>
                    ),
                  },
                  { header: "What", cell: reasonOf },
                  { header: "Since", cell: (entry) => <Timestamp at={entry.since} />, kind: "dim" },
                ]}
              />
            )}
          </Stack>
        </>
      )}
    </LoadedPage>
  );
}
