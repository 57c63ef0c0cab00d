import styles from "./elements.module.css";

/** A small picture beside a title that already names it. */
export function Thumb({ url }: { url: string | null | undefined }) {
  return url ? (
    <img src={url} alt="" className={styles.thumb} loading="lazy" />
  ) : (
    <span className={styles.thumb} aria-hidden />
  );
}
