import { Button, Group, Modal, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import { Problem } from "../api/problem";
import type { WaitlistPageEntry } from "../api/types";
import { FormProblem } from "../elements/FormProblem";
import { tellDone } from "../elements/notices";
import { useProblems } from "../elements/useProblems";
import { formatCount } from "../format/size";
import { plural } from "../format/words";
import { useSale } from "../sales/SalePage";

const linePath = "/providers/{tenant}/sales/{sale}/items/{item}/waitlist";
const atTheEnd = "end";

interface MoveDialogProps {
  entry: WaitlistPageEntry;
  /** The line as far as it is loaded, the front first. */
  places: WaitlistPageEntry[];
  /** Whether the line goes on behind what is loaded. */
  more: boolean;
  onClose: () => void;
}

/** Moves a place in line, for a reason that is kept. */
export function MoveDialog({ entry, places, more, onClose }: MoveDialogProps) {
  const { sale } = useSale();
  const form = useForm({
    initialValues: { before: "", reason: "" },
    validate: {
      before: (value) => (value === "" ? "Choose where it goes." : null),
      reason: (value) =>
        value.trim() === "" ? "Give a reason; it is kept in the audit log." : null,
    },
  });
  const problems = useProblems(form);
  const move = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/waitlist/{entry}/move", {
    onSuccess: async () => {
      await refresh(linePath);
      onClose();
      tellDone("Moved. Your reason is in the audit log.");
    },
    onError: (error) => {
      problems.show(error);
      // Most likely the line has moved on meanwhile.
      if (error instanceof Problem) void refresh(linePath);
    },
  });
  return (
    <Modal opened onClose={onClose} title={titleOf(entry, places)}>
      <form
        noValidate
        onSubmit={problems.onSubmit(({ before, reason }) => {
          move.mutate({
            params: { path: { tenant: sale.tenant.id, sale: sale.id, entry: entry.id } },
            body: { before: before === atTheEnd ? null : before, reason: reason.trim() },
          });
        })}
      >
        <Stack>
          <Text size="sm">
            Everybody between the old place and the new one moves by one. The receipt shows the move
            to all.
          </Text>
          <FormProblem message={problems.general} />
          <NativeSelect
            label="Where it goes"
            description={
              more ? "Places further back can be chosen once the list shows them." : undefined
            }
            data={[{ value: "", label: "Choose…" }, ...destinations(entry, places, more)]}
            data-autofocus
            {...form.getInputProps("before")}
          />
          <Textarea
            label="Reason"
            autosize
            minRows={3}
            maxRows={8}
            {...form.getInputProps("reason")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Keep as it is
            </Button>
            <Button type="submit" loading={move.isPending}>
              Move
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function titleOf(entry: WaitlistPageEntry, places: WaitlistPageEntry[]): string {
  const index = places.findIndex(({ id }) => id === entry.id);
  return index < 0 ? "Move this place in line" : `Move place ${formatCount(index + 1)}`;
}

/** Where an entry can go: before any other but the one it stands before already, or to the end. */
export function destinations(
  entry: WaitlistPageEntry,
  places: WaitlistPageEntry[],
  more: boolean,
): { value: string; label: string }[] {
  const own = places.findIndex(({ id }) => id === entry.id);
  const before = places.flatMap((place, index) =>
    place.id === entry.id || (own >= 0 && index === own + 1)
      ? []
      : [
          {
            value: place.id,
            label:
              index === 0
                ? "To the front"
                : `Before place ${formatCount(index + 1)} (${plural(place.quantity, "unit")})`,
          },
        ],
  );
  const isLast = own === places.length - 1 && !more;
  return isLast ? before : [...before, { value: atTheEnd, label: "To the end of the line" }];
}
