import { Button, Group, List, Select, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { $api, apiRoot, refresh } from "../api/client";
import { byCursor } from "../api/pages";
import type { MadeBankFile, StatementState } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { DataTable, RowAction } from "../components/DataTable";
import { ChoiceFilter, FilterBar, useChoice } from "../components/Filters";
import { FormError } from "../components/FormError";
import { EmptyState } from "../components/ListStates";
import { notifyError, notifySuccess } from "../components/notify";
import { PagedList } from "../components/PagedList";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { stateLabel } from "../components/states";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { StatementTable } from "./StatementTable";

const states: StatementState[] = ["drafted", "approved", "sent", "paid", "failed"];

/** What providers are paid, for SMP's finance. */
export function StatementsPage() {
  const [state, setState] = useChoice("state", states);
  const isFinance = useHasRole("admin", "finance");
  const statements = $api.useInfiniteQuery(
    "get",
    "/statements",
    { params: { query: { state } } },
    byCursor,
  );
  return (
    <>
      <PageHeader
        title="Statements"
        lead="What providers are paid for what has become payable. They are drafted on Monday mornings."
        actions={isFinance && <DraftButton />}
      />
      <FilterBar>
        <ChoiceFilter
          label="State"
          all="All states"
          value={state}
          onChange={setState}
          options={states.map((value) => ({ value, label: stateLabel(`statement_${value}`) }))}
        />
      </FilterBar>
      <PagedList
        query={statements}
        empty={
          <EmptyState title="No statements">
            {state === undefined
              ? "They are listed here as soon as enough has become payable."
              : "Choose another state."}
          </EmptyState>
        }
      >
        {(items) => <StatementTable statements={items} />}
      </PagedList>
      {isFinance && <BankFiles />}
    </>
  );
}

function DraftButton() {
  const draft = $api.useMutation("post", "/statements");
  const run = () =>
    draft
      .mutateAsync({ body: {} })
      .then(async ({ count }) => {
        await refresh("/statements");
        notifySuccess(count === 0 ? "Nothing to pay has matured." : `Drafted: ${String(count)}.`);
      })
      .catch(notifyError);
  return (
    <Button variant="default" loading={draft.isPending} onClick={() => void run()}>
      Draft now
    </Button>
  );
}

function BankFiles() {
  const [currency, setCurrency] = useState("EUR");
  const [wrong, setWrong] = useState<unknown>();
  const [made, setMade] = useState<MadeBankFile>();
  const reference = $api.useQuery("get", "/reference");
  const files = $api.useInfiniteQuery("get", "/bank-files", { params: { query: {} } }, byCursor);
  const create = $api.useMutation("post", "/bank-files");
  const run = () => {
    setWrong(undefined);
    create
      .mutateAsync({ body: { currency } })
      .then(async (answer) => {
        setMade(answer);
        await refresh("/statements", "/bank-files");
      })
      .catch(setWrong);
  };
  return (
    <Stack mt="xl">
      <Panel title="Bank files">
        <Stack gap="sm">
          <Text size="sm">
            A file has all approved statements of a currency whose providers cannot be paid by
            transfer. They count as sent once it is made, so give it to the bank.
          </Text>
          <FormError message={wrong} />
          <Group align="end">
            <Select
              label="Currency"
              searchable
              allowDeselect={false}
              data={reference.data?.currencies.map(({ code }) => code) ?? ["EUR"]}
              value={currency}
              onChange={(value) => setCurrency(value ?? "EUR")}
            />
            <Button
              loading={create.isPending}
              onClick={() =>
                confirmAction({
                  title: `Make a bank file in ${currency}?`,
                  message: "Its statements count as sent from then on.",
                  action: "Make the file",
                  destructive: false,
                  onConfirm: run,
                })
              }
            >
              Make a file
            </Button>
          </Group>
          {made !== undefined && made.left_out.length > 0 && (
            <div role="status">
              <Text size="sm" fw={600}>
                Left out
              </Text>
              <List size="sm">
                {made.left_out.map(({ id, number, reason }) => (
                  <List.Item key={id}>
                    {number}: {reason}
                  </List.Item>
                ))}
              </List>
            </div>
          )}
          <PagedList
            query={files}
            empty={
              <Text size="sm" c="dimmed">
                No file was made yet.
              </Text>
            }
          >
            {(items) => (
              <DataTable
                label="Bank files"
                rows={items}
                rowKey={({ id }) => id}
                columns={[
                  { header: "Made", cell: ({ created_at }) => <Timestamp at={created_at} /> },
                  { header: "By", cell: ({ created_by }) => created_by ?? "–", kind: "dim" },
                  { header: "Payments", cell: ({ payments }) => payments, kind: "number" },
                  { header: "Amount", cell: ({ amount }) => formatMoney(amount), kind: "number" },
                  {
                    header: "File",
                    cell: ({ id }) => (
                      <RowAction>
                        <Button
                          component="a"
                          href={`${apiRoot}/bank-files/${id}`}
                          download
                          size="xs"
                          variant="default"
                          leftSection={<IconDownload size={15} aria-hidden />}
                        >
                          Download
                        </Button>
                      </RowAction>
                    ),
                  },
                ]}
              />
            )}
          </PagedList>
        </Stack>
      </Panel>
    </Stack>
  );
}
