import { Text } from "@mantine/core";
import { IconStar, IconStarFilled } from "@tabler/icons-react";
import { $api } from "../api/client";
import { byCursor } from "../api/pages";
import { EmptyState } from "../elements/ListStates";
import { PageHead } from "../elements/PageHead";
import { Paged } from "../elements/Rows";
import { Ago } from "../elements/When";
import styles from "./care.module.css";

const mostStars = 5;

export function FeedbackPage() {
  const feedback = $api.useInfiniteQuery("get", "/feedback", { params: { query: {} } }, byCursor);
  return (
    <>
      <PageHead title="Feedback" lead="What shoppers say after they bought, newest first." />
      <Paged
        query={feedback}
        empty={
          <EmptyState title="No feedback yet">
            Shoppers are asked for it after a purchase.
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
                  <Ago at={entry.created_at} />
                </Text>
              </li>
            ))}
          </ul>
        )}
      </Paged>
    </>
  );
}

function Stars({ rating }: { rating: number }) {
  return (
    <span className={styles.stars} role="img" aria-label={`${rating} of ${mostStars} stars`}>
      {Array.from({ length: mostStars }, (_, star) =>
        star < rating ? (
          <IconStarFilled key={star} size={17} aria-hidden />
        ) : (
          <IconStar key={star} size={17} aria-hidden />
        ),
      )}
    </span>
  );
}
