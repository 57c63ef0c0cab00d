import { Text } from "@mantine/core";
import { IconStar, IconStarFilled } from "@tabler/icons-react";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import { EmptyState } from "../components/ListStates";
import { PageHeader } from "../components/PageHeader";
import { PagedList } from "../components/PagedList";
import { RelativeTime } from "../components/Timestamp";
import styles from "./care.module.css";

const maxRating = 5;

export function FeedbackPage() {
  const feedback = $api.useInfiniteQuery("get", "/feedback", { params: { query: {} } }, byCursor);
  return (
    <>
      <PageHeader
        title="Feedback"
        lead="Ratings and comments from shoppers after a purchase, newest first."
      />
      <PagedList
        query={feedback}
        empty={
          <EmptyState title="No feedback yet">
            Shoppers are asked for feedback after a purchase.
          </EmptyState>
        }
      >
        {(items) => (
          <ul className={styles.feedback} aria-label="Feedback">
            {items.map((entry) => (
              <li key={entry.id}>
                <Stars rating={entry.rating} />
                <blockquote>{entry.comments}</blockquote>
                <Text size="sm" c="dimmed">
                  {entry.customer_name} on {entry.sale_title} by {entry.provider_name},{" "}
                  <RelativeTime at={entry.created_at} />
                </Text>
              </li>
            ))}
          </ul>
        )}
      </PagedList>
    </>
  );
}

function Stars({ rating }: { rating: number }) {
  return (
    <span className={styles.stars} role="img" aria-label={`${rating} of ${maxRating} stars`}>
      {Array.from({ length: maxRating }, (_, star) =>
        star < rating ? (
          <IconStarFilled key={star} size={17} aria-hidden />
        ) : (
          <IconStar key={star} size={17} aria-hidden />
        ),
      )}
    </span>
  );
}
