import { Fragment } from "react";
import { Text } from "@mantine/core";
import type { Revision } from "../api/types";
import { formatDateTime } from "../format/time";
import { diffWords } from "./diffWords";
import type { Change, ComparedAsset, ComparedField, ComparedItem, Comparison } from "./compare";
import styles from "./reviews.module.css";

type Side = "before" | "after";

interface RevisionComparisonProps {
  comparison: Comparison;
  approved: Revision | null;
  submitted: Revision;
  onlyChanges: boolean;
}

const changeLabels: Record<Exclude<Change, "same">, string> = {
  changed: "Changed",
  added: "New",
  removed: "Removed",
};

/**
 * The approved and the submitted revision side by side. Changes are marked by label and by colour.
 */
export function RevisionComparison({
  comparison,
  approved,
  submitted,
  onlyChanges,
}: RevisionComparisonProps) {
  const sides: Side[] = approved ? ["before", "after"] : ["after"];
  const wanted = ({ change }: { change: Change }) => !onlyChanges || change !== "same";
  const pictures = comparison.assets.filter(wanted);
  return (
    <div className={`${styles.sides} ${approved ? "" : styles.single}`}>
      {approved && (
        <SideHead
          title={`Approved: revision ${approved.number}`}
          at={approved.decided_at ?? approved.submitted_at}
        />
      )}
      <SideHead title={`Submitted: revision ${submitted.number}`} at={submitted.submitted_at} />
      {comparison.fields
        .filter(wanted)
        .map((field) =>
          sides.map((side) => (
            <FieldCell key={`${field.label}-${side}`} field={field} side={side} />
          )),
        )}
      {pictures.length > 0 &&
        sides.map((side) => (
          <PicturesCell key={`pictures-${side}`} assets={pictures} side={side} />
        ))}
      {comparison.items
        .filter(wanted)
        .map((item) =>
          sides.map((side) => <ItemCell key={`${item.key}-${side}`} item={item} side={side} />),
        )}
    </div>
  );
}

function SideHead({ title, at }: { title: string; at: string }) {
  return (
    <div className={styles.sideHead}>
      <Text component="h2" fw={600} m={0}>
        {title}
      </Text>
      <Text size="sm" c="dimmed">
        {formatDateTime(at)}
      </Text>
    </div>
  );
}

function cellClass(change: Change): string {
  return `${styles.cell} ${change === "same" ? "" : styles.touched}`;
}

function Label({ children, change, side }: { children: string; change: Change; side: Side }) {
  return (
    <div className={styles.label}>
      <span>{children}</span>
      {change !== "same" && (side === "after" || change === "removed") && (
        <span className={styles.mark}>{changeLabels[change]}</span>
      )}
    </div>
  );
}

function FieldCell({ field, side }: { field: ComparedField; side: Side }) {
  return (
    <div className={cellClass(field.change)} data-side={side}>
      <Label change={field.change} side={side}>
        {field.label}
      </Label>
      <div className={styles.text}>
        <MarkedText field={field} side={side} />
      </div>
    </div>
  );
}

function MarkedText({
  field: { before, after, change, prose },
  side,
}: {
  field: ComparedField;
  side: Side;
}) {
  const own = side === "before" ? before : after;
  if (change === "same")
    return own === "" ? (
      <Text span c="dimmed">
        –
      </Text>
    ) : (
      own
    );
  if (!prose) return side === "before" ? <del>{before}</del> : <ins>{after}</ins>;
  const hidden = side === "before" ? "added" : "removed";
  return diffWords(before, after)
    .filter(({ kind }) => kind !== hidden)
    .map(({ text, kind }, index) => {
      if (kind === "same") return <Fragment key={index}>{text}</Fragment>;
      return kind === "added" ? <ins key={index}>{text}</ins> : <del key={index}>{text}</del>;
    });
}

function ItemCell({ item, side }: { item: ComparedItem; side: Side }) {
  const absent =
    (side === "before" && item.change === "added") ||
    (side === "after" && item.change === "removed");
  return (
    <div className={cellClass(item.change)} data-side={side}>
      <Label change={item.change} side={side}>{`Item: ${item.name}`}</Label>
      {absent ? (
        <Text size="sm" c="dimmed">
          Not in this revision
        </Text>
      ) : (
        <dl className={`${styles.rows} ${styles.text}`}>
          {item.fields
            .filter((field) => (side === "before" ? field.before : field.after) !== "")
            .map((field) => (
              <Fragment key={field.label}>
                <dt>{field.label}</dt>
                <dd>
                  <MarkedText field={field} side={side} />
                </dd>
              </Fragment>
            ))}
        </dl>
      )}
    </div>
  );
}

function PicturesCell({ assets, side }: { assets: ComparedAsset[]; side: Side }) {
  const change: Change = assets.some((asset) => asset.change !== "same") ? "changed" : "same";
  const shown = assets.filter((asset) => asset[side] !== null);
  return (
    <div className={cellClass(change)} data-side={side}>
      <Label change={change} side={side}>
        Pictures and documents
      </Label>
      {shown.length === 0 && (
        <Text size="sm" c="dimmed">
          None
        </Text>
      )}
      <ul className={styles.pictures}>
        {shown.map((asset) => (
          <Picture key={asset.key} asset={asset} side={side} />
        ))}
      </ul>
    </div>
  );
}

function Picture({ asset, side }: { asset: ComparedAsset; side: Side }) {
  const shown = asset[side];
  if (!shown) return null;
  const url = shown.thumbnail_url ?? shown.url;
  const mark =
    asset.change === "same" || (asset.change === "changed" && side === "before")
      ? null
      : changeLabels[asset.change];
  const picture = url ? <img src={url} alt={shown.alt} /> : <span className={styles.noPicture} />;
  return (
    <li className={styles[asset.change]}>
      <figure>
        {shown.url ? (
          <a
            href={shown.url}
            target="_blank"
            rel="noreferrer"
            aria-label={`Open ${shown.alt || shown.kind}`}
          >
            {picture}
          </a>
        ) : (
          picture
        )}
        <figcaption>
          {mark !== null && <strong>{mark}. </strong>}
          {shown.alt === "" ? "No alt text" : shown.alt}
        </figcaption>
      </figure>
    </li>
  );
}
