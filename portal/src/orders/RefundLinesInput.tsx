import { Fieldset, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { WholeInput } from "../components/WholeInput";
import { restockChoices, restockLabels, unitsOf } from "./refundLines";
import type { ChosenLine, RefundableLine, Restock } from "./refundLines";

interface RefundLinesInputProps {
  lines: RefundableLine[];
  chosen: Record<string, ChosenLine>;
  onChange: (id: string, line: ChosenLine) => void;
}

/** How many units of each line are refunded, and what became of them. */
export function RefundLinesInput({ lines, chosen, onChange }: RefundLinesInputProps) {
  return (
    <Stack gap="sm">
      {lines.map((line) => {
        const choice = chosen[line.id];
        if (!choice) return null;
        const isWrong = unitsOf(line, choice.quantity) === null;
        return (
          <Fieldset key={line.id} legend={line.name}>
            <Group align="flex-start" grow>
              <WholeInput
                label="Units to refund"
                description={`${line.unitsLeft} left`}
                value={choice.quantity}
                error={isWrong ? `Enter 0 to ${line.unitsLeft}.` : undefined}
                onChange={(quantity) => onChange(line.id, { ...choice, quantity })}
              />
              <NativeSelect
                label="What became of them"
                description={line.wasShipped ? "They were sent" : "They were not sent"}
                value={choice.restock}
                data={restockChoices(line).map((value) => ({
                  value,
                  label: restockLabels[value],
                }))}
                onChange={(event) =>
                  onChange(line.id, { ...choice, restock: event.currentTarget.value as Restock })
                }
              />
            </Group>
          </Fieldset>
        );
      })}
      {lines.length === 0 && (
        <Text size="sm" c="dimmed">
          Every unit was refunded already.
        </Text>
      )}
    </Stack>
  );
}
