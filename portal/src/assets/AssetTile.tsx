import {
  ActionIcon,
  Anchor,
  Button,
  Checkbox,
  Group,
  Modal,
  Stack,
  Text,
  Textarea,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { $api, api, refresh, required } from "../api/client";
import type { Asset } from "../api/types";
import { ifMatch } from "../api/version";
import { useTenant } from "../app/SignedIn";
import { FormError } from "../components/FormError";
import { useEdit } from "../components/useEdit";
import { useFormErrors } from "../components/useFormErrors";
import { StateBadge } from "../components/StateBadge";
import { formatBytes } from "../format/numbers";
import styles from "./assets.module.css";
import { AssetPicture } from "./AssetPicture";

interface AssetTileProps {
  asset: Asset;
  selected?: boolean;
  onToggle?: () => void;
  onDelete?: () => void;
}

export function AssetTile({ asset, selected = false, onToggle, onDelete }: AssetTileProps) {
  const [editing, { open, close }] = useDisclosure();
  return (
    <li className={`${styles.tile} ${selected ? styles.chosen : ""}`}>
      <AssetPicture asset={asset}>
        {onToggle && (
          <span className={styles.select}>
            <Checkbox
              size="sm"
              checked={selected}
              onChange={onToggle}
              aria-label={`Select ${asset.filename}`}
            />
          </span>
        )}
      </AssetPicture>
      <Group justify="space-between" wrap="nowrap" gap={4} align="flex-start">
        <div style={{ minWidth: 0 }}>
          <AssetName asset={asset} />
          <Text size="xs" c="dimmed">
            {describe(asset)}
          </Text>
        </div>
        {onDelete && (
          <Group gap={0} wrap="nowrap">
            {asset.state !== "uploading" && (
              <ActionIcon aria-label={`Edit the description of ${asset.filename}`} onClick={open}>
                <IconPencil size={17} aria-hidden />
              </ActionIcon>
            )}
            <ActionIcon aria-label={`Delete ${asset.filename}`} onClick={onDelete}>
              <IconTrash size={17} aria-hidden />
            </ActionIcon>
          </Group>
        )}
      </Group>
      <Group gap={6} mt={6}>
        <StateBadge state={asset.state} />
        {asset.kind === "image" && asset.alt === "" && asset.state !== "uploading" && (
          <Text size="xs" c="dimmed">
            No description yet
          </Text>
        )}
      </Group>
      {asset.error != null && (
        <Text size="xs" c="var(--mantine-color-error)" mt={4}>
          {asset.error}
        </Text>
      )}
      <Modal opened={editing} onClose={close} title="Edit description">
        <AltForm asset={asset} onDone={close} />
      </Modal>
    </li>
  );
}

function AssetName({ asset }: { asset: Asset }) {
  const style = { overflowWrap: "anywhere" } as const;
  if (!asset.url)
    return (
      <Text size="sm" fw={550} style={style}>
        {asset.filename}
      </Text>
    );
  return (
    <Anchor
      href={asset.url}
      target="_blank"
      rel="noreferrer"
      size="sm"
      fw={550}
      c="var(--mantine-color-text)"
      style={style}
    >
      {asset.filename}
    </Anchor>
  );
}

function describe(asset: Asset): string {
  const size = formatBytes(asset.size_bytes);
  return asset.width_px != null && asset.height_px != null
    ? `${asset.width_px} × ${asset.height_px} px, ${size}`
    : size;
}

function AltForm({ asset, onDone }: { asset: Asset; onDone: () => void }) {
  const tenant = useTenant();
  const initial = { alt: asset.alt };
  const form = useForm({ initialValues: initial });
  const errors = useFormErrors(form);
  const path = { tenant: tenant.id, asset: asset.id };
  const save = $api.useMutation("patch", "/providers/{tenant}/assets/{asset}", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/assets");
      onDone();
    },
  });
  const edit = useEdit<{ alt: string }, Asset>({
    form,
    initial,
    version: asset.version,
    toValues: ({ alt }) => ({ alt }),
    save: ({ alt }, version) =>
      save.mutateAsync({ params: { path, header: ifMatch(version) }, body: { alt: alt.trim() } }),
    read: async () =>
      required(await api.GET("/providers/{tenant}/assets/{asset}", { params: { path } })),
    onError: errors.show,
    labels: { alt: "alt text" },
  });
  return (
    <form noValidate onSubmit={errors.onSubmit(edit.send)}>
      <Stack>
        <AssetPicture asset={asset} />
        <Textarea
          label="Alt text"
          description="One sentence that describes the picture to people who can’t see it."
          autosize
          minRows={2}
          {...form.getInputProps("alt")}
          data-autofocus
        />
        <FormError message={errors.general} />
        {edit.notice}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Save description
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
