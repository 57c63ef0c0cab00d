import { Text } from "@mantine/core";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import { EmptyState } from "../elements/ListStates";
import { PageHead } from "../elements/PageHead";
import { Paged, Rows } from "../elements/Rows";
import { When } from "../elements/When";
import { sentence } from "../format/words";
import { detailsInWords } from "./detailsInWords";

export function AuditPage() {
  const audit = $api.useInfiniteQuery("get", "/audit", { params: { query: {} } }, byCursor);
  return (
    <>
      <PageHead title="Audit" lead="Who did what that needed a right, newest first." />
      <Paged query={audit} empty={<EmptyState title="Nothing recorded yet" />}>
        {(items) => (
          <Rows
            label="Audit"
            rows={items}
            rowKey={(entry) => entry.id}
            columns={[
              {
                header: "Action",
                cell: (entry) => (
                  <Text span fw={550}>
                    {sentence(entry.action)}
                  </Text>
                ),
              },
              { header: "By", cell: (entry) => entry.actor_name ?? entry.actor },
              {
                header: "On",
                cell: (entry) => (
                  <Text span size="sm" style={{ overflowWrap: "anywhere" }}>
                    {entry.subject}
                  </Text>
                ),
                kind: "dim",
              },
              {
                header: "Details",
                cell: (entry) => (
                  <Text span size="sm" style={{ overflowWrap: "anywhere" }}>
                    {detailsInWords(entry.details)}
                  </Text>
                ),
                kind: "dim",
              },
              { header: "When", cell: (entry) => <When at={entry.created_at} />, kind: "dim" },
            ]}
          />
        )}
      </Paged>
    </>
  );
}
