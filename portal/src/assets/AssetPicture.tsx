import { IconFileTypePdf, IconMovie, IconPhoto } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Asset } from "../api/types";
import styles from "./assets.module.css";

/** The thumbnail of an asset, or an icon for its kind. */
export function AssetPicture({
  asset,
  children,
}: {
  asset: Pick<Asset, "kind" | "thumbnail_url" | "alt">;
  children?: ReactNode;
}) {
  return (
    <div className={styles.picture}>
      {asset.thumbnail_url ? (
        <img src={asset.thumbnail_url} alt={asset.alt} loading="lazy" />
      ) : (
        <KindIcon kind={asset.kind} />
      )}
      {children}
    </div>
  );
}

function KindIcon({ kind }: { kind: Asset["kind"] }) {
  const props = { size: 36, stroke: 1.2, role: "img" } as const;
  if (kind === "video") return <IconMovie {...props} aria-label="Video" />;
  if (kind === "pdf") return <IconFileTypePdf {...props} aria-label="PDF" />;
  return <IconPhoto {...props} aria-label="Picture without preview" />;
}
