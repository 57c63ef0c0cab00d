import { Button, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { Message } from "../api/types";
import { Facts } from "../elements/Facts";
import { FilterBar, SearchField, useFilter } from "../elements/Filters";
import { EmptyState } from "../elements/ListStates";
import { PageHead } from "../elements/PageHead";
import { Paged, Rows } from "../elements/Rows";
import { StateBadge } from "../elements/StateBadge";
import { When } from "../elements/When";
import { formatDateTime } from "../format/time";
import { sentence } from "../format/words";

export function MessagesPage() {
  const [q] = useFilter("q");
  const [shown, setShown] = useState<Message | null>(null);
  const messages = $api.useInfiniteQuery(
    "get",
    "/messages",
    { params: { query: { q: q || undefined } } },
    byCursor,
  );
  return (
    <>
      <PageHead title="Messages" lead="Every email and text message SMP sent, as it was sent." />
      <FilterBar>
        <SearchField label="Search messages" />
      </FilterBar>
      <Paged
        query={messages}
        empty={<EmptyState title="No messages here">Search by recipient or subject.</EmptyState>}
      >
        {(items) => (
          <Rows
            label="Messages"
            rows={items}
            rowKey={(message) => message.id}
            columns={[
              {
                header: "Subject",
                cell: (message) => (
                  <div>
                    <Text fw={550}>{message.subject || sentence(message.template)}</Text>
                    <Text size="sm" c="dimmed">
                      {sentence(message.template)}
                    </Text>
                  </div>
                ),
              },
              {
                header: "To",
                cell: (message) => (
                  <Text span size="sm" style={{ overflowWrap: "anywhere" }}>
                    {message.recipient}
                  </Text>
                ),
              },
              {
                header: "By",
                cell: (message) => (message.channel === "sms" ? "Text message" : "Email"),
              },
              {
                header: "Sent",
                cell: (message) => <When at={message.sent_at ?? message.created_at} />,
                kind: "dim",
              },
              { header: "State", cell: (message) => <StateBadge state={message.state} /> },
              {
                header: "Action",
                kind: "number",
                cell: (message) => (
                  <Button
                    size="xs"
                    variant="default"
                    onClick={() => setShown(message)}
                    aria-label={`Read ${message.subject || message.template}`}
                  >
                    Read
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Paged>
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={shown?.subject ?? ""}
        size="lg"
      >
        {shown && (
          <Stack>
            <Facts
              rows={[
                ["To", shown.recipient],
                ["Template", sentence(shown.template)],
                ["Sent", shown.sent_at != null && formatDateTime(shown.sent_at)],
                ["Error", shown.error],
              ]}
            />
            <Text style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
              {shown.body_text}
            </Text>
          </Stack>
        )}
      </Modal>
    </>
  );
}
