import { Button, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { Message } from "../api/types";
import { DescriptionList } from "../components/DescriptionList";
import { FilterBar, SearchField, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { DataTable } from "../components/DataTable";
import { PagedList } from "../components/PagedList";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatDateTime } from "../format/time";
import { humanize } from "../format/text";
import { channelName } from "./channelName";

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
      <PageHeader
        title="Messages"
        lead="Every email and text message SMP has sent."
        actions={
          <>
            <Button component={Link} to="catalogue" variant="default">
              All kinds of messages
            </Button>
            <Button component={Link} to="suppressed" variant="default">
              Addresses that don’t work
            </Button>
          </>
        }
      />
      <FilterBar>
        <SearchField label="Search messages" />
      </FilterBar>
      <PagedList
        query={messages}
        empty={<EmptyState title="No messages">Search by recipient or subject.</EmptyState>}
      >
        {(items) => (
          <DataTable
            label="Messages"
            rows={items}
            rowKey={(message) => message.id}
            columns={[
              {
                header: "Subject",
                cell: (message) => (
                  <div>
                    <Text fw={550}>{message.subject || humanize(message.template)}</Text>
                    <Text size="sm" c="dimmed">
                      {humanize(message.template)}
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
                header: "Channel",
                cell: (message) => channelName(message.channel),
              },
              {
                header: "Sent",
                cell: (message) => <Timestamp at={message.sent_at ?? message.created_at} />,
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
      </PagedList>
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={shown?.subject ?? ""}
        size="lg"
      >
        {shown && (
          <Stack>
            <DescriptionList
              rows={[
                ["To", shown.recipient],
                ["Template", humanize(shown.template)],
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
