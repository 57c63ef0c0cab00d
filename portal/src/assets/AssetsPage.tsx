import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { $api, api, refresh } from "../api/client";
import { byCursor } from "../api/pages";
import type { Asset, AssetState } from "../api/types";
import { useHasRole, useTenant } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { EmptyState } from "../components/ListStates";
import { notifySuccess, notifyError } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { stateOptions } from "../components/states";
import { plural } from "../format/text";
import { AssetTile } from "./AssetTile";
import styles from "./assets.module.css";
import { StorageUse } from "./StorageUse";
import { UploadPanel } from "./UploadPanel";

const filterStates: AssetState[] = [
  "uploading",
  "ready",
  "submitted",
  "approved",
  "changes_requested",
  "rejected",
];

export function AssetsPage() {
  const tenant = useTenant();
  const mayEdit = useHasRole("owner", "editor");
  const [q] = useFilter("q");
  const [state, setState] = useChoice("state", filterStates);
  const [selected, setSelected] = useState<Asset[]>([]);
  const assets = $api.useInfiniteQuery(
    "get",
    "/providers/{tenant}/assets",
    { params: { path: { tenant: tenant.id }, query: { q: q || undefined, state } } },
    byCursor,
  );
  const toggle = (asset: Asset) =>
    setSelected((before) =>
      before.some(({ id }) => id === asset.id)
        ? before.filter(({ id }) => id !== asset.id)
        : [...before, asset],
    );
  const remove = (chosen: Asset[]) =>
    confirmDelete(chosen, async () => {
      await deleteAssets(tenant.id, chosen);
      setSelected([]);
    });
  return (
    <>
      <PageHeader title="Assets" lead="Pictures and documents for any number of sales." />
      {mayEdit && (
        <UploadPanel>
          <Button
            variant="default"
            leftSection={<IconTrash size={16} aria-hidden />}
            disabled={selected.length === 0}
            onClick={() => remove(selected)}
          >
            Delete
          </Button>
        </UploadPanel>
      )}
      <StorageUse />
      <FilterBar>
        <SearchField label="Search assets" />
        <ChoiceFilter
          label="Review state"
          all="All states"
          value={state}
          onChange={setState}
          options={stateOptions(filterStates)}
        />
      </FilterBar>
      <PagedList
        query={assets}
        empty={
          q !== "" || state !== undefined ? (
            <EmptyState title="No matches">Change the search or the state.</EmptyState>
          ) : (
            <EmptyState title="No assets yet">
              Add files above. A few good pictures make a big difference.
            </EmptyState>
          )
        }
      >
        {(items) => (
          <ul className={styles.grid} aria-label="Assets">
            {items.map((asset) => (
              <AssetTile
                key={asset.id}
                asset={asset}
                {...(mayEdit && {
                  selected: selected.some(({ id }) => id === asset.id),
                  onToggle: () => toggle(asset),
                  onDelete: () => remove([asset]),
                })}
              />
            ))}
          </ul>
        )}
      </PagedList>
    </>
  );
}

function confirmDelete(assets: Asset[], onConfirm: () => Promise<void>): void {
  const [only] = assets;
  confirmAction({
    title:
      assets.length === 1 && only
        ? `Delete ${only.filename}?`
        : `Delete ${plural(assets.length, "asset")}?`,
    message: "This cannot be undone. Assets of submitted or approved sales cannot be deleted.",
    action: "Delete",
    onConfirm: () => void onConfirm(),
  });
}

async function deleteAssets(tenant: string, assets: Asset[]): Promise<void> {
  const outcomes = await Promise.allSettled(
    assets.map((asset) =>
      api.DELETE("/providers/{tenant}/assets/{asset}", {
        params: { path: { tenant, asset: asset.id } },
      }),
    ),
  );
  await refresh("/providers/{tenant}/assets", "/providers/{tenant}/storage");
  const gone = outcomes.filter((outcome) => outcome.status === "fulfilled").length;
  if (gone > 0) notifySuccess(`${plural(gone, "asset")} deleted.`);
  outcomes.forEach((outcome) => outcome.status === "rejected" && notifyError(outcome.reason));
}
