import { ActionIcon, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { IconArrowLeft, IconArrowRight, IconSearch, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import type { Asset } from "../api/types";
import { useWorkspace, useTenant } from "../app/SignedIn";
import { EmptyState } from "../components/ListStates";
import { PagedList } from "../components/PagedList";
import { plural } from "../format/text";
import styles from "./assets.module.css";
import { AssetPicture } from "./AssetPicture";

const searchDelayMs = 300;

interface AssetPickerProps {
  chosen: Asset[];
  onChange: (assets: Asset[]) => void;
  disabled?: boolean;
}

/** The assets of an offer, in the order shoppers see them. */
export function AssetPicker({ chosen, onChange, disabled = false }: AssetPickerProps) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <Stack gap="sm">
      {chosen.length === 0 && (
        <Text size="sm" c="dimmed">
          No pictures chosen. The first one will be the sale’s main picture.
        </Text>
      )}
      {chosen.length > 0 && (
        <ul className={styles.picker} aria-label="Chosen assets">
          {chosen.map((asset, index) => (
            <li key={asset.id}>
              <AssetPicture asset={asset} />
              {asset.alt === "" && (
                <Text size="xs" c="dimmed">
                  No description yet. A sale can’t be submitted without one.
                </Text>
              )}
              {!disabled && (
                <Group gap={0} justify="space-between" wrap="nowrap">
                  <ActionIcon
                    aria-label={`Move ${asset.filename} earlier`}
                    disabled={index === 0}
                    onClick={() => onChange(moved(chosen, index, -1))}
                  >
                    <IconArrowLeft size={16} aria-hidden />
                  </ActionIcon>
                  <ActionIcon
                    aria-label={`Remove ${asset.filename}`}
                    onClick={() => onChange(chosen.filter(({ id }) => id !== asset.id))}
                  >
                    <IconX size={16} aria-hidden />
                  </ActionIcon>
                  <ActionIcon
                    aria-label={`Move ${asset.filename} later`}
                    disabled={index === chosen.length - 1}
                    onClick={() => onChange(moved(chosen, index, 1))}
                  >
                    <IconArrowRight size={16} aria-hidden />
                  </ActionIcon>
                </Group>
              )}
            </li>
          ))}
        </ul>
      )}
      {!disabled && (
        <Group>
          <Button variant="default" onClick={open}>
            Choose assets
          </Button>
        </Group>
      )}
      <Modal opened={opened} onClose={close} title="Choose assets" size="xl">
        <AssetChooser chosen={chosen} onChange={onChange} />
        <Group justify="flex-end" mt="lg">
          <Button onClick={close}>Use {plural(chosen.length, "asset")}</Button>
        </Group>
      </Modal>
    </Stack>
  );
}

function AssetChooser({ chosen, onChange }: AssetPickerProps) {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed.trim(), searchDelayMs);
  const assets = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/assets",
    { params: { path: { tenant: tenant.id }, query: { kind: "image", q: q || undefined } } },
    byCursor,
  );
  const isChosen = (asset: Asset) => chosen.some(({ id }) => id === asset.id);
  return (
    <>
      <TextInput
        type="search"
        aria-label="Search assets"
        placeholder="Search assets"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        mb="md"
      />
      <PagedList
        query={assets}
        empty={
          q !== "" ? (
            <EmptyState title="No matches">No file name or description has these words.</EmptyState>
          ) : (
            <EmptyState
              title="No assets yet"
              action={
                <Button component={Link} to={`${base}/assets`}>
                  Go to assets
                </Button>
              }
            >
              Upload some pictures first.
            </EmptyState>
          )
        }
      >
        {(items) => (
          <ul className={styles.picker} aria-label="Assets to choose from">
            {items
              .filter(({ state }) => state !== "uploading" && state !== "withdrawn")
              .map((asset) => (
                <li key={asset.id}>
                  <button
                    type="button"
                    className={styles.pick}
                    aria-pressed={isChosen(asset)}
                    onClick={() =>
                      onChange(
                        isChosen(asset)
                          ? chosen.filter(({ id }) => id !== asset.id)
                          : [...chosen, asset],
                      )
                    }
                  >
                    <AssetPicture asset={{ ...asset, alt: "" }} />
                    <Text size="xs" style={{ overflowWrap: "anywhere" }}>
                      {asset.filename}
                    </Text>
                  </button>
                </li>
              ))}
          </ul>
        )}
      </PagedList>
    </>
  );
}

function moved(assets: Asset[], index: number, by: -1 | 1): Asset[] {
  const next = [...assets];
  const [asset] = next.splice(index, 1);
  if (asset) next.splice(index + by, 0, asset);
  return next;
}
