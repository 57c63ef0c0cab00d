-- What one address got within a day, of the emails that strangers can cause
-- (`PER_RECIPIENT_A_DAY` in src/notifications/messages.rs).
CREATE INDEX messages_recipient_idx ON messages (recipient, template, created_at)
    WHERE template IN ('conversation_message', 'invitation', 'order_lapsed', 'registered',
                       'waitlist_closed', 'waitlist_offer', 'waitlist_offer_lapsed', 'welcome');
