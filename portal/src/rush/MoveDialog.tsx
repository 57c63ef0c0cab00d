import { Button, Group, Modal, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import { Problem } from "../api/problem";
import type { WaitlistPageEntry } from "../api/types";
import { FormError } from "../components/FormError";
import { notifySuccess } from "../components/notify";
import { useFormErrors } from "../components/useFormErrors";
import { formatCount } from "../format/numbers";
import { plural } from "../format/text";
import { useSale } from "../sales/SalePage";

const waitlistPath = "/providers/{tenant}/sales/{sale}/items/{item}/waitlist";
const atTheEnd = "end";

interface MoveDialogProps {
  entry: WaitlistPageEntry;
  /** The part of the waitlist that is loaded, from its front. */
  entries: WaitlistPageEntry[];
  /** Whether the waitlist continues after the loaded part. */
  hasMore: boolean;
  onClose: () => void;
}

/** Moves a waitlist entry. The reason goes to the audit log. */
export function MoveDialog({ entry, entries, hasMore, onClose }: MoveDialogProps) {
  const { sale } = useSale();
  const form = useForm({
    initialValues: { before: "", reason: "" },
    validate: {
      before: (value) => (value === "" ? "Choose a position." : null),
      reason: (value) =>
        value.trim() === "" ? "Give a reason. It is recorded in the audit log." : null,
    },
  });
  const errors = useFormErrors(form);
  const move = $api.useMutation("post", "/providers/{tenant}/sales/{sale}/waitlist/{entry}/move", {
    onSuccess: async () => {
      await refresh(waitlistPath);
      onClose();
      notifySuccess("Moved. Your reason is in the audit log.");
    },
    onError: (error) => {
      errors.show(error);
      // Most likely the waitlist has changed in the meantime.
      if (error instanceof Problem) void refresh(waitlistPath);
    },
  });
  return (
    <Modal opened onClose={onClose} title={dialogTitle(entry, entries)}>
      <form
        noValidate
        onSubmit={errors.onSubmit(({ before, reason }) => {
          move.mutate({
            params: { path: { tenant: sale.tenant.id, sale: sale.id, entry: entry.id } },
            body: { before: before === atTheEnd ? null : before, reason: reason.trim() },
          });
        })}
      >
        <Stack>
          <Text size="sm">
            Every entry between the old position and the new one shifts by one. The move appears in
            the public receipt.
          </Text>
          <FormError message={errors.general} />
          <NativeSelect
            label="New position"
            description={
              hasMore ? "Load more of the waitlist to choose a position further back." : undefined
            }
            data={[{ value: "", label: "Choose…" }, ...destinations(entry, entries, hasMore)]}
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
              Cancel
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

function dialogTitle(entry: WaitlistPageEntry, entries: WaitlistPageEntry[]): string {
  const index = entries.findIndex(({ id }) => id === entry.id);
  return index < 0 ? "Move this waitlist entry" : `Move position ${formatCount(index + 1)}`;
}

/** Where an entry can go: before any other entry except the next one, or to the end. */
export function destinations(
  entry: WaitlistPageEntry,
  entries: WaitlistPageEntry[],
  hasMore: boolean,
): { value: string; label: string }[] {
  const own = entries.findIndex(({ id }) => id === entry.id);
  const before = entries.flatMap((other, index) =>
    other.id === entry.id || (own >= 0 && index === own + 1)
      ? []
      : [
          {
            value: other.id,
            label:
              index === 0
                ? "To the front"
                : `Before position ${formatCount(index + 1)} (${plural(other.quantity, "unit")})`,
          },
        ],
  );
  const isLast = own === entries.length - 1 && !hasMore;
  return isLast ? before : [...before, { value: atTheEnd, label: "To the end" }];
}
