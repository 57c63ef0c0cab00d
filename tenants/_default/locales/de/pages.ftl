layout-skip-to-the-content = Zum Inhalt springen
account-sign-out = Abmelden
account-registered-for = Registriert für
account-on-the-waitlist = Auf der Warteliste
account-ends = { $quantity } × { $item_name } · endet am { $ends_at }
account-youre-next = Sie sind als Nächstes an der Reihe
account-number = Platz { $position }
account-orders = Bestellungen
account-paid-due = { $due_now } bezahlt, { $rest_amount } offen
account-refunded = { $refunded } erstattet
account-no-orders = Noch keine Bestellungen. Hier erscheinen Ihre Bestellungen und wo sie gerade sind. <a href="/#on-now">Ansehen, was jetzt im Verkauf ist</a>
account-bought-in-sellers-own-shops = In den Shops der Verkäufer gekauft
account-reported-seller-responsible-purchases = Vom Verkäufer an uns gemeldet; er ist für diese Käufe verantwortlich.
account-reservation = Reservierung: { $item_name }, { $slot_starts_on }
account-order = { $provider_name }, Bestellung { $reference } · { $reported_at }
account-returned-or-cancelled = Zurückgegeben oder storniert
account-partly = Teilweise
account-cancelled = storniert
account-returned-or-cancelled-2 = zurückgegeben oder storniert
account-confirmed = Bestätigt am { $confirmed_at }
account-not-confirmed-by-the-seller-yet = Vom Verkäufer noch nicht bestätigt
account-reported = Gemeldet
account-your-code = Ihr Code: <strong><code>{ $code }</code></strong>
account-ships-by-says = Versand bis { $promised_by }, laut { $provider_name }
account-see-it-at = Ansehen bei
account-track-at = Sendung verfolgen bei
account-give-feedback-on = Feedback geben<span class="vh"> zu { $conversion_title }</span>
account-value = { $quantity } Artikel
account-given-back = { $reversed_quantity } zurückgegeben
account-reversed = { $reversed } rückgebucht
account-favourites = Favoriten
account-kept-for-this-browser = Für diesen Browser gespeichert.
account-conversations = Anfragen
account-no-conversations = Noch keine Anfragen. <a href="/help">Schreiben Sie uns</a>, wenn Sie eine Frage haben.
cancel-order-cancel-order = Bestellung { $order_number } stornieren
cancel-order-cancel-order-2 = Bestellung { $order_number } stornieren?
cancel-order-nothing-shipped-yet = Noch ist nichts davon verschickt, Sie können also die ganze Bestellung stornieren.
cancel-order-sellers-told-not-send = Die Verkäufer erfahren, dass sie nichts verschicken sollen, und die Artikel gehen zurück in den Verkauf. Falls Sie es sich anders überlegen, sind sie vielleicht vergriffen.
cancel-order-goes-back-way-paid = { $refund } gehen auf dem Weg zurück, auf dem Sie bezahlt haben. Wir senden den Betrag sofort; Ihre Bank zeigt ihn meist innerhalb von 5 Werktagen.
cancel-order-going-pay-delivery-nothing = Sie wollten bei der Lieferung bezahlen, es wurde also nichts abgebucht.
cancel-order-this-cannot-be-undone = Das lässt sich nicht rückgängig machen.
cancel-order-cancel-the-order = Bestellung stornieren
cancel-order-and-refund = und { $refund } erstatten
cancel-order-keep-the-order = Bestellung behalten
cart-order-is-waiting-for-payment = Bestellung { $order_number } wartet auf die Zahlung
cart-pay-hold-items = Bezahlen Sie bis { $pay_by }; so lange legen wir die Artikel für Sie zurück.
cart-finish-paying-order = Zahlung abschließen<span class="vh"> für Bestellung { $order_number }</span>
cart-began-check-out-items = <strong>Sie haben begonnen, { $units } dieser Artikel zu bestellen</strong>, mit Preisen in { $currency }. Ihre Eingaben sind gespeichert. <a href="{ $checkout_url }">Bestellung fortsetzen<span class="vh"> in { $currency }</span></a>
cart-your-hold-on-these-ran-out = Diese Artikel sind nicht mehr für Sie zurückgelegt
cart-went-back-on-sale = Sie sind wieder im Verkauf. Es wurde nichts abgebucht. Solange der Vorrat reicht, können Sie es noch einmal versuchen.
cart-prices-more-one-currency = <strong>Ihr Warenkorb enthält Preise in mehr als einer Währung.</strong> Jede Währung ist eine eigene Bestellung: Bezahlen Sie die eine und kommen Sie für die andere zurück. Alles bleibt zurückgelegt, bis seine Zeit abläuft.
cart-choose-pay = Wählen Sie, was Sie jetzt bezahlen möchten. Der Rest bleibt im Warenkorb, bis seine Zeit abläuft.
cart-paused-time-pay-stands = Angehalten: Ihre Zeit zum Bezahlen läuft nicht weiter, es bleiben { $time_left }
cart-held-until = Zurückgelegt bis { $expires_at }
cart-pay-for-it-now = Jetzt bezahlen
cart-remove = Entfernen
cart-in = In { $currency }: <span class="amount amount-large">{ $sum }</span>
cart-check-out-what-is-priced-in = Zur Kasse<span class="vh"> mit allem, was in { $currency } ausgezeichnet ist</span>
cart-total-of-everything = Gesamtbetrag von allem
cart-check-out = Zur Kasse
cart-items-remove-go-back-sale = Artikel, die Sie entfernen, gehen sofort zurück in den Verkauf.
cart-your-cart-is-empty = Ihr Warenkorb ist leer.
cart-press-buy-hold-items = Wenn Sie auf „Kaufen“ drücken, legen wir die Artikel hier einige Minuten für Sie zurück.
checkout-keep-this-address-for-later = Diese Adresse für später merken
checkout-continue-to-payment = Weiter zur Zahlung
checkout-places-order = Damit geben Sie Ihre Bestellung auf. Abgebucht wird erst, wenn Sie auf der nächsten Seite bezahlen
checkout-the-deposit-now-the-rest-later = die Anzahlung jetzt, der Rest später
conversation-messages = Nachrichten
conversation-you = Sie
conversation-in-a-hurry = Eilt es?
error-your-payment = Ihre Zahlung
error-you-were-charged-once = Der Betrag wurde einmal abgebucht.
error-refunded-way-paid = Sie wird auf dem Weg erstattet, auf dem Sie bezahlt haben. Sie müssen nichts tun.
error-dont-know-whether-payment = Wir wissen noch nicht, ob Ihre Zahlung angekommen ist. Bitte bezahlen Sie nicht noch einmal: Das Ergebnis steht in Ihrem Konto.
error-your-items = Ihre Artikel
error-still-held-for-you = Noch für Sie zurückgelegt
error-until = bis { $expires_at }
error-back-on-sale = Wieder im Verkauf. Solange der Vorrat reicht, können Sie es noch einmal versuchen.
error-nothing-is-held-for-you = Für Sie ist nichts zurückgelegt.
error-go-to-your-account = Zu Ihrem Konto
error-back-to-the-sale = Zurück zum Verkauf
error-if-you-contact-us-please-mention = Wenn Sie uns schreiben, nennen Sie bitte <span class="mono">{ $reference }</span>.
feedback-feedback-on = Feedback zu { $sale_title }
feedback-thank-you = Vielen Dank
feedback-sent-sales-team = Ihr Feedback ist bei unserem Verkaufsteam.
feedback-of-5 = { $rating } von 5
feedback-how-was-it = Wie war es?
feedback-goes-to-sales-team = { $sale_title } von { $provider_name }. Ihr Feedback geht an unser Verkaufsteam.
feedback-rating = Bewertung
feedback-poor = Schlecht
feedback-excellent = Hervorragend
feedback-comments-optional = Kommentar (freiwillig)
feedback-what-went-well-what-didnt = Was war gut, was nicht?
feedback-send-feedback = Feedback senden
help-help-with-order = Hilfe zu Bestellung { $order_number }
help-help-with-this-order = Hilfe zu dieser Bestellung
help-how-can-we-help = Wie können wir helfen?
help-about-message = Es geht um <a href="{ $sale_url }">{ $sale_title }</a> von { $provider_name }. Das steht auch in Ihrer Nachricht.
help-is-responsible-for = { $provider_name } ist für „{ $sale_title }“ verantwortlich
help-buy-own-shop-handle = Sie kaufen dort im eigenen Shop des Verkäufers, der sich um Lieferung, Rückgaben und Erstattungen kümmert. Bitte fragen Sie zuerst dort
help-questions-about-website-dont = Bei Fragen zu dieser Website, oder wenn Sie dort keine Antwort bekommen, schreiben Sie uns unten.
help-subject = Betreff
help-message-hint = Was ist passiert, und was sollen wir für Sie tun?
help-reply-email = Wir antworten hier und per E-Mail an { $viewer_email }.
help-write-to-us = Schreiben Sie uns
help-sign-in-see-order-show = Melden Sie sich an, damit wir Ihre Bestellung sehen und Ihnen unsere Antwort zeigen können. Ohne Konto rufen Sie uns an oder schicken Sie eine E-Mail.
help-sign-in-to-write = Zum Schreiben anmelden
help-contact = Kontakt zu { $brand_name }
help-your-conversations = Ihre Anfragen
home-and-other-flash-sales = { $featured_title } und weitere Blitzverkäufe
home-tagline = { $tagline }. Sehen Sie, was jetzt im Verkauf ist und was demnächst kommt.
home-ended = Beendet
home-see-whats-coming = Ansehen, was kommt
home-also-on-now = Ebenfalls im Verkauf
home-nothing-else-is-on-right-now = Sonst ist gerade nichts im Verkauf.
home-nothing-is-on-right-now = Gerade ist nichts im Verkauf.
home-the-next-sales-are-below = Die nächsten Verkäufe stehen unten.
home-new-sales-are-announced-here-first = Neue Verkäufe werden zuerst hier angekündigt.
home-register-for-by = <a class="tap" href="{ $sale_url }">Registrieren<span class="vh"> für { $sale_title }</span></a> bis { $closes_at }
home-just-ended = Gerade beendet
imprint-legal-form = { $brand_name } [Rechtsform]
imprint-street-number-postal-code = [Straße und Hausnummer, Postleitzahl, Ort, Land]
imprint-name = [Name]
imprint-court-or-register-number = [Gericht oder Register, Nummer]
imprint-number = [Nummer]
invoice-issued-on = Ausgestellt am { $issued_on }
invoice-order-of = Bestellung <a href="/orders/{ $order_number }">{ $order_number }</a> vom { $supplied_at }
invoice-it-corrects-the-invoice = Sie berichtigt die Rechnung <a href="/orders/{ $order_number }/invoices/{ $corrects_number }">{ $corrects_number }</a>
invoice-open-as-pdf = Als PDF öffnen
invoice-back-to-the-order = Zurück zur Bestellung
invoice-from = Von
invoice-to = An
invoice-lines = Positionen
invoice-unit-price = Einzelpreis
invoice-tax = Steuer
invoice-amount = Betrag
invoice-sku = Artikelnummer { $sku }
invoice-discount = Rabatt { $discount }
invoice-credited = gutgeschrieben
invoice-net = Netto
invoice-on = auf { $net }
invoice-prices-charged = Preise wie berechnet; es wird keine Steuer ausgewiesen.
landing-at = { $provider_name } bei { $brand_name }
landing-sold-out = Ausverkauft. Artikel, die nicht rechtzeitig bezahlt werden, gehen an die Warteliste.
landing-this-sale-ended-on = Dieser Verkauf endete am { $ends_at }.
landing-this-sale-was-cancelled = Dieser Verkauf wurde abgesagt.
landing-paused-please-check-back-later = Angehalten. Bitte schauen Sie später noch einmal vorbei.
landing-when = Wann
landing-to = { $starts_at } bis { $ends_at }
landing-how-many = Wie viele
landing-in-total = { $capacity } insgesamt.
landing-seller = Verkäufer
landing-in-their-own-shop = im eigenen Shop
order-thank-you-order = Vielen Dank: Bestellung { $order_number }
order-deposit-of-paid = Anzahlung von { $due_now } bezahlt
order-you-pay-in-cash-on-delivery = Sie bezahlen { $cash_due } bar bei der Lieferung
order-paid = { $payment_amount } bezahlt
order-with-the-card-ending-in = mit der Karte mit den Endziffern { $method_last4 }
order-kept-rest-due = Bestellung { $order_number } ist für Sie reserviert. Der Rest von { $rest_amount } ist bis { $due_on } fällig.
order-order-is-paid = Bestellung { $order_number } ist bezahlt.
order-order-is-confirmed = Bestellung { $order_number } ist bestätigt.
order-were-sending-the-confirmation-to = Die Bestätigung geht an { $order_email }.
order-placed = Aufgegeben am { $created_at }
order-finish-paying = Zahlung abschließen
order-pay-the-rest = Rest bezahlen, { $rest_amount }
order-give-feedback-on = Feedback geben<span class="vh"> zu { $line_title }</span>
order-refund-for-the-parcel-from = Erstattung für das Paket von { $provider_name }
order-not-shipped-time = <strong>Nicht rechtzeitig verschickt.</strong> { $provider_name } hatte den Versand bis { $promised_ship_by } zugesagt. Sie können sich { $subtotal } jetzt erstatten lassen oder weiter warten: Das Paket geht ab, sobald es fertig ist.
order-get-a-refund = Erstattung anfordern
order-voucher-codes = Gutscheincodes
order-anyone-code-use-keep = Wer einen Code kennt, kann ihn einlösen. Behalten Sie ihn deshalb für sich.
order-the-code-is-in-your-email = Der Code steht in Ihrer E-Mail
order-valid-until = gültig bis { $valid_until }
order-voucher-redeemed-on = eingelöst am { $redeemed_at }
order-voucher-expired-on = abgelaufen am { $valid_until }
order-voucher-void-refunded = ungültig: erstattet
order-refunds = Erstattungen
order-refunded-another-way-than-you-paid = auf anderem Weg erstattet, als Sie bezahlt haben
order-not-refunded = konnten noch nicht erstattet werden; wir kümmern uns darum
order-is-being-refunded = werden gerade erstattet
order-bank-usually-shows-refund = Ihre Bank zeigt eine Erstattung meist innerhalb von 5 bis 10 Tagen.
order-invoices = Rechnungen
order-pdf-of = PDF<span class="vh"> von { $invoice_title } { $invoice_number }</span>
order-the-invoice-comes-from = Die Rechnung kommt von { $name }.
order-invoice-sold-follows = Die Rechnung über das, was { $name } Ihnen verkauft hat, folgt. Sie erhalten eine E-Mail, sobald sie hier ist.
order-what-happened = Was bisher geschah
order-what-happens-next = So geht es weiter
order-waiting-payment-after-items = Ihre Bestellung wartet bis { $pay_by } auf die Zahlung. Danach gehen die Artikel zurück in den Verkauf, und es wird nichts abgebucht.
order-waiting-payment = Ihre Bestellung wartet auf die Zahlung. Der Verkauf ist angehalten, Ihre Zeit zum Bezahlen läuft also nicht weiter: Sie können jetzt bezahlen oder sobald der Verkauf weitergeht.
order-cancelled-nothing-sent = Diese Bestellung wurde storniert, und es wird nichts verschickt.
order-goes-back-way-paid = { $refunded } gehen auf dem Weg zurück, auf dem Sie bezahlt haben. Ihre Bank zeigt den Betrag meist innerhalb von 5 Werktagen.
order-left-deposit-not-refunded = Was von der Anzahlung übrig ist, wird nicht erstattet, wie bei der Bestellung angegeben.
order-rest-not-paid-time = Der Rest wurde nicht rechtzeitig bezahlt.
order-deposit-not-refunded-ordered = Die Anzahlung von { $due_now } wird nicht erstattet, wie bei der Bestellung angegeben.
order-refund-not-made = Die Erstattung war noch nicht möglich; wir kümmern uns darum.
order-nothing-charged-nothing-paid = Es wurde nichts abgebucht, und es ist nichts zu bezahlen.
order-pay-rest-remind-email = Bezahlen Sie den Rest von { $rest_amount } bis { $due_on }; wir erinnern Sie per E-Mail. Ist er bis { $last_day } nicht bezahlt, wird die Bestellung storniert
order-reservation-kept-confirmed-rest = Ihre Reservierung wird für Sie freigehalten und bestätigt, sobald der Rest bezahlt ist.
order-nothing-sent-rest-paid = Es wird nichts verschickt, bevor der Rest bezahlt ist.
order-vouchers-refunded-void = Ihre Gutscheine wurden erstattet und sind ungültig.
order-was-refunded = { $refunded } wurden erstattet.
order-refunded-nothing-sent = { $refunded } wurden erstattet, und es wird nichts verschickt.
order-something-wrong = Wenn etwas nicht stimmt, schreiben Sie uns, und wir bringen es in Ordnung.
order-codes-page-email = Ihre Codes stehen auf dieser Seite und in Ihrer E-Mail. Es kommt nichts mit der Post. Wenn etwas nicht stimmt, schreiben Sie uns, und wir bringen es in Ordnung.
order-reservation-confirmed-page-confirmation = Ihre Reservierung ist bestätigt, und diese Seite ist Ihre Bestätigung. Es kommt nichts mit der Post. Wenn etwas nicht stimmt, schreiben Sie uns, und wir bringen es in Ordnung.
order-parcel-came-back-seller = Ein Paket kam zum Verkäufer zurück. Wir melden uns bei Ihnen wegen eines neuen Versands oder einer Erstattung. Sie können uns auch selbst schreiben.
order-seller-packs-hands-carrier = Der Verkäufer packt die Bestellung und übergibt sie dem Paketdienst.
order-email-tracking-number = Sie erhalten eine E-Mail mit der Sendungsnummer.
order-it-arrives-at-the-address-below = Sie kommt an der Adresse unten an.
order-you-pay-in-cash-there = Sie bezahlen dort { $cash_due } in bar
order-each-parcel-by-itself = jedes Paket für sich
order-not-taken-at-door = Sie haben Ihre Bestellung an der Tür nicht angenommen. Es wurde nichts abgebucht, und es wird nichts noch einmal verschickt.
order-part-way = Ein Teil Ihrer Bestellung ist unterwegs. Für jedes verschickte Paket erhalten Sie eine E-Mail.
order-way-something-isnt-right = Ihre Bestellung ist unterwegs. Wenn etwas nicht stimmt, schreiben Sie uns, und wir bringen es in Ordnung.
order-deposit-paid = Anzahlung, bezahlt
order-paid-2 = Bezahlt
order-paid-on-delivery = Bei der Lieferung bezahlt
order-nothing-more-to-pay = Nichts mehr zu bezahlen
order-not-accepted-on-delivery = Bei der Lieferung nicht angenommen
order-payment-started = Zahlung begonnen
order-with-ending-in = mit { $method_brand }, Endziffern { $method_last4 }
order-with = mit { $method_brand }
payment-step-enter-the-code = Code eingeben
payment-step-sent-code-confirms-order = Wir haben einen Code an { $sent_to } geschickt. Er bestätigt Bestellung { $order_number } über <strong>{ $payment_amount }</strong>.
payment-step-code = Code
payment-step-confirming = Wird bestätigt …
payment-step-confirm = Bestätigen
payment-step-send-another-code = Neuen Code senden
payment-step-pay-another-way = Anders bezahlen
payment-step-on-to-the-payment = Weiter zur Zahlung
payment-step-pay-order-provider = Sie bezahlen <strong>{ $payment_amount }</strong> für Bestellung { $order_number } bei unserem Zahlungsdienst.
payment-step-continue-to-the-payment = Zur Zahlung
payment-step-for-order = Für Bestellung { $order_number }
payment-step-we-are-asking-your-bank = Wir fragen bei Ihrer Bank nach
payment-step-not-know-whether-order = Wir wissen noch nicht, ob die Zahlung von <strong>{ $payment_amount }</strong> für Bestellung { $order_number } angekommen ist.
payment-step-your-items-stay-held-for-it = Ihre Artikel bleiben dafür zurückgelegt.
payment-step-please-do-not-pay-again = Bitte bezahlen Sie nicht noch einmal.
payment-step-page-asks-again-itself = Diese Seite fragt von selbst noch einmal nach. Wenn nichts geschieht, <a href="{ $refresh_url }">fragen Sie jetzt nach</a>.
payment-step-takes-longer-usual = Es dauert länger als üblich. Sie können diese Seite schließen: Wir fragen weiter nach und schreiben Ihnen, sobald die Bestellung bestätigt oder beendet ist. Sie können sich auch <a href="/orders/{ $order_number }">die Bestellung ansehen</a>.
payment-pay-rest-order-deposit = Sie bezahlen den Rest von Bestellung { $order_number }. Die Anzahlung ist bezahlt.
payment-try-again-or-pay-another-way = { $failure } Versuchen Sie es noch einmal, oder bezahlen Sie anders.
payment-sandbox-test-payments-move = <span class="tag tag-dev">Testumgebung</span> Testzahlungen bewegen kein echtes Geld
payment-test-leads-test-bank = Die Testzahlung führt zu einer Testbank, bei der Sie entscheiden, wie die Zahlung ausgeht.
payment-providers-test-cards-work = Hier funktionieren nur die Testkarten des Zahlungsdienstes.
payment-how-would-you-like-to-pay = Wie möchten Sie bezahlen?
payment-mobile-number = Mobilnummer
payment-phone-hint = Mit Landesvorwahl, zum Beispiel +49 30 5550 1420. Wenn Sie bei der Lieferung bezahlen, schicken wir einen Code dorthin.
payment-pay = Bezahlen:
payment-the-rest = den Rest von { $rest_amount }
payment-now = jetzt { $due_now }
payment-no-way-to-pay-order = Diese Bestellung kann hier im Moment nicht bezahlt werden.
payment-nothing-is-charged = Es wird nichts abgebucht.
payment-items-held-time-above = Ihre Artikel sind bis zur oben genannten Zeit für Sie zurückgelegt, und es wird nichts abgebucht.
payment-ask-us-for-help = Um Hilfe bitten
payment-change-the-address-or-email = Adresse oder E-Mail ändern
privacy-what-we-store-and-why = Was wir speichern, und warum
privacy-orders-bought-delivery-address = <strong>Ihre Bestellungen</strong>: was Sie gekauft haben, die Lieferadresse, der Stand der Zahlung und die letzten Ziffern der Karte, damit Verkäufer liefern und wir für die Bestellung einstehen können. Kartennummern werden nicht gespeichert. Der Verkäufer eines Pakets sieht dessen Adresse.
privacy-place-sale-items-held = <strong>Ihr Platz in einem Verkauf</strong>: für Sie zurückgelegte Artikel, Wartelisten und Registrierungen. Der öffentliche Beleg eines Verkaufs nennt niemanden.
privacy-visits-sale-pages-page = <strong>Besuche von Verkaufsseiten</strong>: wann eine Seite geöffnet wurde, über welchen Link und wie lange sie sichtbar war. Sie werden anhand einer Zufallszahl in einem Cookie gezählt; Verkäufer sehen nur Summen.
privacy-messages-write-emails-send = <strong>Nachrichten</strong>: was Sie uns schreiben, und die E-Mails, die wir Ihnen senden.
privacy-cookies = Cookies
privacy-all-cookies-set-site = Alle Cookies werden allein von dieser Website gesetzt. Keines folgt Ihnen auf andere Websites, und kein Werbetreibender liest sie.
privacy-smp-session = smp_session
privacy-keeps-you-signed-in = hält Sie angemeldet
privacy-smp-visitor-smp-visit = smp_visitor, smp_visit
privacy-keep-favourites-count-visit = merken sich Ihre Favoriten und zählen einen Besuch nur einmal
privacy-keep-doing-sign-in-15 = merken sich 15 Minuten lang, was Sie gerade taten, während Sie sich anmelden
privacy-smp-flash = smp_flash
privacy-shows-message-next-page = zeigt eine Minute lang eine Meldung auf der nächsten Seite
privacy-your-rights = Ihre Rechte
privacy-responsible-imprint = Wer verantwortlich ist, steht im <a href="/imprint">Impressum</a>.
readdress-change-your-details = Ihre Angaben ändern
readdress-change-the-delivery-address = Lieferadresse ändern
readdress-save-and-go-on-to-payment = Speichern und weiter zur Zahlung
readdress-order-stays = Ihre Bestellung bleibt, wie sie ist. <a href="/checkout/{ $order_number }/payment">Ohne Änderung zurück</a>
sale-pictures = Bilder
sale-the-seller = Der Verkäufer
sale-reserve-directly-take-payment = Sie reservieren direkt bei { $provider_name }. Dort wird bezahlt, dort werden Ihre Termine bestätigt, geändert und storniert. { $brand_name } zeigt Ihnen den Verkauf und führt Ihre Reservierung in Ihrem Konto auf, sobald sie gemeldet ist.
sale-buy-directly-take-payment = Sie kaufen direkt bei { $provider_name }. Dort wird bezahlt, dort wird der Code ausgestellt und eingelöst. { $brand_name } zeigt Ihnen den Verkauf und führt Ihren Gutschein in Ihrem Konto auf, sobald er gemeldet ist.
sale-buy-directly-handle-payment = Sie kaufen direkt bei { $provider_name }, wo man sich um Zahlung, Versand und Rückgaben kümmert. { $brand_name } zeigt Ihnen den Verkauf und führt Ihren Kauf in Ihrem Konto auf, sobald er gemeldet ist.
sale-takes-payment-gives-code = { $brand_name } nimmt die Zahlung entgegen, gibt Ihnen sofort den Code und ist für Ihre Bestellung verantwortlich.
sale-packs-ships = { $provider_name } packt und verschickt. { $brand_name } nimmt die Zahlung entgegen, hält Sie über Ihr Paket auf dem Laufenden und ist für Ihre Bestellung verantwortlich.
sale-legal-notice-and-terms-of = Impressum und AGB von { $provider_name }
sale-terms-of-sale = Verkaufsbedingungen
sandbox-bank-test-bank = Testbank
sandbox-bank-sandbox-test-bank = <span class="tag tag-dev">Testumgebung</span> Testbank
sandbox-bank-confirm-the-payment = Zahlung bestätigen
sandbox-bank-not-real = Dies ist keine echte Bank, und es wird kein echtes Geld bewegt. { $brand_name } bittet um <strong>{ $amount }</strong> für Bestellung { $order_number }. Wie soll es ausgehen?
sandbox-bank-approve = Genehmigen
sandbox-bank-decline = Ablehnen
sandbox-bank-approve-ten-seconds-late = Genehmigen, zehn Sekunden verspätet
sandbox-bank-approve-not-answer-thirty = Genehmigen, aber dreißig Sekunden lang nicht antworten
sandbox-bank-approve-with-refunds-twenty-seconds-late = Genehmigen, Erstattungen zwanzig Sekunden verspätet
sandbox-bank-cancel-and-go-back = Abbrechen und zurück
seller-legal-notice-and-terms = { $seller_name }: Impressum und AGB
seller-seller-on = Verkäufer bei { $brand_name }
seller-legal-notice = Impressum
seller-not-published-full-address = { $seller_name } hat hier noch keine vollständige Anschrift veröffentlicht. Wenn Sie sie brauchen, <a href="/help">fragen Sie uns</a>: { $brand_name } hat diesen Verkäufer geprüft.
seller-no-terms-own-beyond = { $seller_name } hat keine eigenen Bedingungen außer denen auf der Seite des jeweiligen Verkaufs.
seller-pay-terms-apply = Für das, was Sie hier bezahlen, gelten außerdem die <a href="/terms">AGB von { $brand_name }</a>.
sign-in-new-here-create-account = Neu hier? <a href="/sign-up{ $next_query }">Konto anlegen</a>
sign-up-already-account = Sie haben schon ein Konto? <a href="/sign-in{ $next_query }">Melden Sie sich an</a>
terms-whom-you-buy-from = Bei wem Sie kaufen
terms-sales-sellers-named = Verkäufe sind solche der darauf genannten Verkäufer. Wo Sie hier bezahlen, nimmt { $brand_name } die Zahlung entgegen und ist für Ihre Bestellung verantwortlich. Wo „Kaufen“ in den eigenen Shop des Verkäufers führt, kaufen Sie dort, zu dessen Bedingungen.
terms-holding-ordering-paying = Zurücklegen, bestellen, bezahlen
terms-press-buy-items-held = Wenn Sie auf „Kaufen“ drücken, sind Artikel für Sie zurückgelegt, bis die Uhr auf der Seite null erreicht. Ein zurückgelegter Artikel ist noch nicht gekauft. An der Kasse geben Sie Ihre Bestellung auf; der Vertrag kommt zustande, wenn Sie bezahlt haben. Was nicht rechtzeitig bezahlt wird, geht zurück in den Verkauf, und es wird nichts abgebucht.
terms-when-everything-is-sold = Wenn alles verkauft ist
terms-press-buy-nothing-left = Wenn Sie auf „Kaufen“ drücken und nichts mehr da ist, kommen Sie auf die Warteliste. Frei werdende Artikel werden in deren Reihenfolge angeboten. Der Eintrag ist kostenlos, verpflichtet zu nichts und lässt sich jederzeit zurücknehmen.
terms-limits = Höchstmengen
terms-sale-many-item-one = In jedem Verkauf steht, wie viele Stück eines Artikels eine Person kaufen kann. Konten, die das umgehen sollen, können geschlossen werden.
terms-returns-and-refunds = Rückgabe und Erstattung
terms-sale-sales-page-say = Wie Waren zurückgegeben werden können, steht in den Verkaufsbedingungen auf der Seite des jeweiligen Verkaufs. Ihre gesetzlichen Rechte bleiben unberührt.
tracking-tracking-for-order = Sendungsverfolgung für Bestellung { $order_number }
tracking-where-is-my-parcel = Wo ist mein Paket?
tracking-see-it-at = Ansehen bei { $carrier }
tracking-nothing-sent-post = Es kommt nichts mit der Post: Ihre Codes stehen auf <a href="/orders/{ $order_number }">der Seite Ihrer Bestellung</a>.
tracking-nothing-sent-post-2 = Es kommt nichts mit der Post: Ihre Reservierung ist auf <a href="/orders/{ $order_number }">der Seite Ihrer Bestellung</a> bestätigt.
tracking-has-not-shipped-it-yet = { $provider_name } hat es noch nicht verschickt.
tracking-it-ships-by-at-the-latest = Es wird spätestens am { $promised_ship_by } verschickt.
tracking-email-shipped = Sie erhalten eine E-Mail, sobald es verschickt ist.
address-field-choose = Auswählen
address-form-for-your-confirmation-and-your-codes = Für Ihre Bestätigung und Ihre Codes
address-form-for-your-confirmation-and-delivery-updates = Für Ihre Bestätigung und Neuigkeiten zur Lieferung
address-form-list-countries-everything-order = Die Liste enthält die Länder, in die alles in Ihrer Bestellung verschickt wird.
address-form-not-everything-ships-there = { $refused_country_name } (nicht alles wird dorthin verschickt)
address-form-phone-optional = Telefon (freiwillig)
address-form-carrier-delivery-updates-text = Für den Paketdienst und für Neuigkeiten zur Lieferung per SMS
billing-facts-vat-id = USt-IdNr. { $vat_id }
billing-form-the-same-as-above = Dieselbe wie oben
billing-form-the-same-as-the-delivery-address = Dieselbe wie die Lieferadresse
billing-form-another-address = Eine andere Adresse
billing-form-vat-id-optional = USt-IdNr. (freiwillig)
billing-form-business-customers-countrys-letters = Für Geschäftskunden, mit den Buchstaben des Landes am Anfang, zum Beispiel DE123456789. Wir prüfen die Form, nicht aber bei der Behörde nach.
card-form-loading-the-payment-providers-fields = Die Felder des Zahlungsdienstes werden geladen …
card-form-enter-goes-straight-payment = Was Sie eingeben, geht direkt an unseren Zahlungsdienst. Dieser Shop sieht Ihre Kartennummer nicht.
card-form-paying-needs-javascript-because = Kartenzahlung braucht JavaScript, weil die Felder von unserem Zahlungsdienst kommen. Schalten Sie es ein und laden Sie diese Seite neu, oder <a href="/checkout/{ $order_number }/payment">bezahlen Sie anders</a>. Es wurde nichts abgebucht.
choice-at-most-per-person = Höchstens { $limit } pro Person
conversation-list-order = Bestellung { $order_number } ·
conversation-state-waiting-for-our-reply = Wartet auf unsere Antwort
conversation-state-answered = Beantwortet
conversation-state-resolved = Erledigt
deposit-due-buy = Anzahlung beim Kauf: je { $deposit_amount }. Der Rest von je { $rest } ist bis { $rest_due_on } fällig.
deposit-not-paid-order-cancelled = Ist er bis { $last_day } nicht bezahlt, wird die Bestellung storniert und die Anzahlung
deposit-not = nicht
deposit-nor-is-it-when-you-cancel = auch nicht, wenn Sie stornieren
error-summary-there-is-a-problem = Es gibt ein Problem
error-text-address-mistyped-page-removed = Vielleicht ist die Adresse falsch geschrieben, oder die Seite wurde entfernt.
error-text-belongs-another-account-sign-in = Wenn dies zu einem anderen Ihrer Konten gehört, melden Sie sich mit diesem an.
error-text-someone-else-moment-faster = Jemand anderes war einen Moment schneller. Gehen Sie auf die Warteliste: Artikel, die nicht rechtzeitig bezahlt werden, werden dort angeboten.
error-text-held-items-clock-reached = Wir hatten die Artikel für Sie zurückgelegt, bis die Uhr null erreichte. Dann gingen sie an andere.
error-text-time-up-payment-came = Als die Zahlung ankam, war Ihre Zeit abgelaufen, und andere hatten die Artikel gekauft. Die Bestellung ist storniert.
error-text-no-longer-paid-nothing = Sie kann nicht mehr bezahlt werden, und es wird nichts verschickt.
error-text-wait-moment = Bitte warten Sie einen Moment: Ihr Konto zeigt die Bestellung, sobald die Zahlung angekommen ist.
error-text-not-started-ended = Er hat noch nicht begonnen oder ist schon beendet. Die Termine stehen auf seiner Seite.
error-text-nobody-buy-moment = Im Moment kann dort niemand kaufen. Bitte versuchen Sie es später noch einmal.
error-text-theres-limit-per-person = Es gibt eine Höchstmenge pro Person, damit alle dieselbe Chance haben. Wählen Sie weniger, oder sehen Sie in Ihrem Warenkorb nach.
error-text-shoppers-registered-sale-buy = Nur wer sich für diesen Verkauf registriert hat, kann kaufen. Wann die Registrierung offen ist, steht auf seiner Seite.
error-text-ask-feedback-after-purchase = Wir bitten nach einem Kauf um Feedback, damit es verlässlich ist. In Ihrem Konto haben wir keinen Kauf aus diesem Verkauf gefunden.
error-text-changed-completed-meantime = Inzwischen wurde etwas geändert oder abgeschlossen. Öffnen Sie die Seite noch einmal, um den Stand zu sehen.
error-text-tried-often-short-time = Das wurde in kurzer Zeit zu oft versucht, deshalb ist nichts geschehen. Bitte versuchen Sie es in { $retry_after_seconds ->
        [one] { $retry_after_seconds } Sekunde
       *[other] { $retry_after_seconds } Sekunden
    } noch einmal.
error-text-please-try-again-in = Bitte versuchen Sie es noch einmal in
error-text-second = { $retry_after_seconds ->
        [one] { $retry_after_seconds } Sekunde
       *[other] { $retry_after_seconds } Sekunden
    }
error-text-a-few-seconds = einigen Sekunden
error-text-you-wont-lose-anything-by-waiting = Sie verlieren durch das Warten nichts.
error-text-logged-trying-again-minute = Der Fehler wurde festgehalten. Oft hilft es, es in einer Minute noch einmal zu versuchen.
error-text-something-form-address-missing = Im Formular oder in der Adresse fehlte etwas oder war ungültig. Gehen Sie zurück, prüfen Sie es und versuchen Sie es noch einmal.
error-title-page-not-found = Seite nicht gefunden
error-title-you-dont-have-access = Sie haben keinen Zugriff
error-title-just-sold-out = Gerade ausverkauft
error-title-your-time-ran-out = Ihre Zeit ist abgelaufen
error-title-sold-out-before-you-paid = Ausverkauft, bevor Sie bezahlt haben
error-title-this-order-is-cancelled = Diese Bestellung ist storniert
error-title-your-payment-is-in-progress = Ihre Zahlung läuft
error-title-this-sale-is-not-open = Dieser Verkauf ist nicht geöffnet
error-title-this-sale-is-paused = Dieser Verkauf ist angehalten
error-title-youve-reached-the-limit-per-person = Sie haben die Höchstmenge pro Person erreicht
error-title-feedback-is-for-buyers = Feedback ist Käufern vorbehalten
error-title-thats-no-longer-possible = Das ist nicht mehr möglich
error-title-too-many-attempts = Zu viele Versuche
error-title-were-very-busy-right-now = Gerade ist sehr viel los
error-title-something-went-wrong-on-our-side = Bei uns ist etwas schiefgegangen
error-title-we-couldnt-process-that = Das konnten wir nicht verarbeiten
footer-service = Service
footer-outbox-development = Postausgang <span class="tag tag-dev">Entwicklung</span>
header-home = Startseite,
header-main = Hauptmenü
header-1-item = 1 Artikel
header-items = { $count } Artikel
hold-clock-held-for-you-until = Für Sie zurückgelegt <strong data-hold-time>bis { $until }</strong>
hold-clock-nobody-else-buy-items = In dieser Zeit kann niemand sonst diese Artikel kaufen. Abgebucht wird erst, wenn Sie bezahlen.
hold-clock-go-back-to-the-sale-or = <a href="{ $sale_url }">Zurück zum Verkauf</a> oder
hold-clock-see-whats-left-in-your-cart = ansehen, was noch in Ihrem Warenkorb ist
kind-text-made-to-order = Auf Bestellung gefertigt: { $provider_name } strebt in diesem Verkauf { $quantity } Stück an. Der Versand erfolgt { $ships_text } nach Verkaufsende, spätestens am { $promised_by }. Für dieses Datum ist { $provider_name } verantwortlich.
kind-text-buying-voucher = Sie kaufen einen Gutschein. { $provider_name } stellt den Code aus, gültig für { $voucher_valid_days ->
        [one] { $voucher_valid_days } Tag
       *[other] { $voucher_valid_days } Tage
    }. Es kommt nichts mit der Post.
kind-text-reserving-fixed-dates = Sie reservieren feste Termine. { $provider_name } bestätigt die Reservierung. Es kommt nichts mit der Post.
kind-text-of-ordered-so-far = Bisher <strong>{ $ordered } von { $quantity }</strong> bestellt
kind-text-target-reached = – Ziel erreicht
kind-text-orders-towards-the-target = Bestellungen bis zum Ziel
kind-text-made-to-order-2 = Auf Bestellung gefertigt. Versand { $ships_text } nach Verkaufsende, spätestens am { $promised_by }. Wird dieses Datum verfehlt, können Sie sich das Geld erstatten lassen oder weiter warten.
kind-text-sale-ends-below-target = Endet der Verkauf unter seinem Ziel, erhalten Sie Ihr Geld zurück.
kind-text-buying-voucher-2 = Sie kaufen einen Gutschein. Jeder ist ein Code, der per E-Mail kommt und auf der Seite Ihrer Bestellung steht, sobald Sie bezahlt haben, gültig für { $voucher_valid_days ->
        [one] { $voucher_valid_days } Tag
       *[other] { $voucher_valid_days } Tage
    }. Es kommt nichts mit der Post.
legal-note-sample-text = <strong>Ein Mustertext.</strong> Wer diese Installation betreibt, ersetzt ihn in <code>tenants/_default/theme/pages/{ $file }.hbs</code> durch einen anwaltlich geprüften Text.
line-details-voucher-by-email-valid-for = Gutschein per E-Mail, gültig für { $voucher_valid_days ->
        [one] { $voucher_valid_days } Tag
       *[other] { $voucher_valid_days } Tage
    }
not-shipped-there-not-sold-to-customers-in = Kein Verkauf an Kundschaft in:
not-shipped-there-doesnt-ship-to = Kein Versand nach
not-shipped-there-the-country-of-your-last-order = dem Land Ihrer letzten Bestellung.
not-shipped-there-choose-address = Wenn Sie dort eine Adresse haben, wählen Sie sie an der Kasse.
order-state-rest-due-by = Rest fällig bis { $due_on }
order-state-partly-shipped = Teilweise verschickt
order-state-complete = Abgeschlossen
order-state-partly-refunded = Teilweise erstattet
parcel-state-kept-until-the-rest-is-paid = Reserviert, bis der Rest bezahlt ist
parcel-state-being-made = Wird gefertigt
parcel-state-being-packed = Wird gepackt
parcel-state-codes-issued = Codes ausgestellt
parcel-summary-your-order = Ihre Bestellung
payment-choice-test = Test
preview-note-preview-of-revision = Vorschau der Fassung { $revision_number }
preview-note-waiting-for-review = wartet auf Prüfung
preview-note-rejected = abgelehnt
preview-note-submitted-by = eingereicht von { $submitted_by_name }, { $submitted_at }. Kunden sehen diese Seite nicht, und hier kann nichts gekauft werden. <a href="{ $portal_url }">Zurück zum Portal</a>
price-from = ab
price-now = Jetzt
price-was = vorher
price-percent-off = { $saving_percent } Prozent günstiger
quantity-hint-at-most = Höchstens { $max_quantity }
quantity-hint-of-each = von jedem
quantity-hint-per-person = pro Person
rating-choice-of-5 = von 5
rest-due-paid-first = Zuerst bezahlt
rest-due-not-paid-order-cancelled = Ist der Rest bis { $last_day } nicht bezahlt, wird die Bestellung storniert
rest-due-we-remind-you-by-email = Wir erinnern Sie per E-Mail.
rest-terms-deposit-not-refunded-nor = und die Anzahlung von { $due_now } nicht erstattet, auch nicht, wenn Sie stornieren
rest-terms-and-the-deposit-of-is-refunded = und die Anzahlung von { $due_now } erstattet
rest-terms-pay-first-not-refunded = und von den { $due_now }, die Sie zuerst bezahlen, werden { $kept } nicht erstattet, auch nicht, wenn Sie stornieren
sale-actions-remove-from-favourites = Aus den Favoriten entfernen
sale-actions-add-to-favourites = Zu den Favoriten
sale-actions-copy-link = Link kopieren
sale-actions-share = Teilen
sale-actions-more-ways-to-share = Weitere Möglichkeiten zum Teilen
sale-actions-by-email = Per E-Mail
sale-actions-on-facebook = Auf Facebook
sale-actions-on-x = Auf X
sale-row-ends = endet am { $ends_at }
sale-row-starts = beginnt am { $starts_at }
sale-state-few-left = Nur noch wenige
sale-state-ended = Beendet am { $ends_at }
sale-state-register-by-starts = <strong>Registrieren</strong> bis { $closes_at } · Beginnt am { $starts_at }
sale-state-starts = Beginnt am { $starts_at }
sale-widget-sale = Verkauf
shipment-state-announced-to-the-carrier = Dem Paketdienst angekündigt
shipment-state-handed-over-to-the-carrier = Dem Paketdienst übergeben
shipping-conflicts-delivery = Lieferung
shipping-conflicts-not-everything-ships-to = Nicht alles wird verschickt nach { $refused_country_name }
shipping-conflicts-theres-no-country-all = Es gibt kein Land, in das alle diese Artikel verschickt werden
shipping-conflicts-ships-to = <a href="{ $sale_url }">{ $conflict_title }</a> wird verschickt nach
shipping-conflicts-use-an-address-there-or = Wählen Sie eine Adresse dort, oder
shipping-conflicts-remove = entfernen Sie
shipping-conflicts-some-of-them = einige davon
shipping-conflicts-from-your-cart = aus Ihrem Warenkorb
shipping-conflicts-saved-address-stays = Ihre gespeicherte Adresse bleibt, wie sie ist.
ships-to-countries-listed-terms-sale = { $countries } Länder, aufgeführt in den <a href="#terms-title">Verkaufsbedingungen</a>.
ships-to-only = und nirgendwohin sonst.
sign-dialog-what-you = Was Sie
sign-dialog-reserve = reservieren,
sign-dialog-buy = kaufen,
sign-dialog-is-then-listed-in-your-account = steht danach in Ihrem Konto.
sign-dialog-new-here = Neu hier?
sign-dialog-already-have-an-account = Sie haben schon ein Konto?
sign-dialog-sign-in-instead = Stattdessen anmelden
sign-dialog-close = Schließen
sign-first-youre-not-signed-in = Sie sind nicht angemeldet.
sign-first-sign-in-before-it-starts = Melden Sie sich vor dem Beginn an.
sign-reason-we-hold = Sobald Sie angemeldet sind, legen wir zurück: { $quantity } × { $pressed_title }
sign-reason-neednt-press-buy-again = für Sie. Sie müssen nicht noch einmal auf „Kaufen“ drücken.
sign-reason-gone-join-waitlist-leave = { $quantity ->
        [one] Ist der Artikel
       *[other] Sind die Artikel
    } bis dahin vergriffen, kommen Sie auf die Warteliste, die Sie jederzeit verlassen können.
sign-reason-sign-in-buy = Melden Sie sich vor dem Kauf an: Dann genügt ein Klick auf „Kaufen“.
sign-reason-sign-in-register-sale = Melden Sie sich an, um sich für den Verkauf zu registrieren. Sobald Sie angemeldet sind, sind Sie registriert.
sign-reason-sign-in-see-page = Bitte melden Sie sich an, um diese Seite zu sehen.
sign-up-terms-account-agree-privacy-notice = Mit einem Konto stimmen Sie unseren <a href="/terms">AGB</a> zu. Was wir speichern, steht in unseren <a href="/privacy">Hinweisen zum Datenschutz</a>.
steps-steps = Schritte
stock-text-join-the-waitlist = – auf die Warteliste
stock-text-only-left = Nur noch { $available }
stock-text-left = Noch { $available }
widget-cancelled-on = { $cancelled_at }
widget-cancelled-sale-orders-stand-pay = Dieser Verkauf wurde abgesagt. Bestellungen gelten weiter, und für Sie zurückgelegte Artikel können Sie bezahlen, bis deren Zeit abläuft. Was Sie gekauft haben, steht in <a href="/account">Ihrem Konto</a>.
widget-ended-ended-on = Beendet am { $ends_at }
widget-ended-sale-over = Dieser Verkauf ist vorbei. Wenn Sie etwas gekauft haben, steht es in <a href="/account">Ihrem Konto</a>.
widget-ended-download-receipt-stock-lists = <a href="/api/v1/sales/{ $sale_slug }/receipt" download>Beleg über den Bestand herunterladen</a>. Er führt jedes Stück auf, das zurückgelegt, verkauft oder frei wurde, nennt niemanden, und alle können ihn prüfen.
widget-halted-sale-paused = Dieser Verkauf ist angehalten. Es geht nichts verloren: Bestellungen gelten weiter, und für Sie zurückgelegte Artikel können Sie bezahlen. Deren Zeit läuft erst weiter, wenn der Verkauf weitergeht. <span class="js-only">Diese Seite aktualisiert sich dann von selbst.</span>
widget-held-time-pay-stands-sale = Ihre Zeit zum Bezahlen läuft nicht weiter, solange der Verkauf angehalten ist; es bleiben { $time_left }.
widget-held-held-for-you-until = Für Sie zurückgelegt <span data-hold-time>bis { $expires_at }</span>
widget-held-1-item = 1 Artikel ist für Sie zurückgelegt. In dieser Zeit kann ihn niemand sonst kaufen.
widget-held-items-nobody-else-buy = { $quantity } Artikel sind für Sie zurückgelegt. In dieser Zeit kann sie niemand sonst kaufen.
widget-live-need-more = Brauchen Sie mehr?
widget-live-on-sale-at = Im Verkauf bei { $provider_name }
widget-live-on-sale-now = Jetzt im Verkauf
widget-live-last-item-sold = oder wenn der letzte Artikel verkauft ist
widget-live-choose-your-dates = Wählen Sie Ihre Termine
widget-live-reserve-at = Bei { $provider_name } reservieren
widget-live-buy-voucher-at = Gutschein bei { $provider_name } kaufen
widget-live-buy-at = Bei { $provider_name } kaufen
widget-live-youll-leave = Sie verlassen { $brand_name }.
widget-live-the-cart-is-at = Der Warenkorb ist auf <strong>{ $cart_host }</strong>.
widget-live-takes-payment-confirms-reservation = { $provider_name } nimmt die Zahlung entgegen, bestätigt die Reservierung und ist dafür verantwortlich.
widget-live-takes-payment-issues-code = { $provider_name } nimmt die Zahlung entgegen, stellt den Code aus und ist dafür verantwortlich.
widget-live-takes-payment-ships-responsible = { $provider_name } nimmt die Zahlung entgegen, verschickt und ist für Ihre Bestellung verantwortlich.
widget-live-shop-final-price-availability = Maßgeblich sind Preis und Verfügbarkeit im Shop von { $provider_name }.
widget-live-hold-items-pay = Während Sie bezahlen, legen wir Ihre Artikel { $hold_time } lang zurück.
widget-live-asked-sign-in-first-neednt = Sie werden zuerst gebeten, sich anzumelden, und müssen dann nicht noch einmal drücken.
widget-live-ships-order = { $provider_name } verschickt Ihre Bestellung; { $brand_name } nimmt die Zahlung entgegen und ist dafür verantwortlich.
widget-must-register-ends-last-item-sold = Endet am { $ends_at } oder wenn der letzte Artikel verkauft ist.
widget-must-register-you-cant-buy-because-you = Sie können nicht kaufen, weil Sie
widget-must-register-didnt-register = sich nicht registriert haben
widget-must-register-havent-registered = nicht registriert sind
widget-must-register-only-shoppers-who-registered-can-buy = Nur wer sich registriert hat, kann kaufen.
widget-must-register-already-registered-sign-in-to-buy = Schon registriert? <a href="/sign-in?next={ $sale_url }" data-sign-in="in">Melden Sie sich an</a>, um zu kaufen.
widget-registration-email-sale-starts = Wir schreiben Ihnen, wenn der Verkauf beginnt.
widget-registration-cancel-my-registration = Registrierung zurücknehmen
widget-registration-registered-shoppers-buy-sale = In diesem Verkauf können nur Registrierte kaufen.
widget-registration-everyone-buy = Alle können kaufen. Wenn Sie sich registrieren, erinnern wir Sie rechtzeitig.
widget-registration-registration-opens-on = Registrierung ab { $opens_at }
widget-registration-shoppers-register-buy-sale = In diesem Verkauf kann nur kaufen, wer sich bis { $closes_at } registriert.
widget-registration-closes-everyone-buy = Sie schließt am { $closes_at }. Alle können kaufen. Wenn Sie sich registrieren, erinnern wir Sie rechtzeitig.
widget-registration-registration-closed-on = Registrierung geschlossen seit { $closes_at }
widget-registration-shoppers-registered-buy-sale = In diesem Verkauf kann nur kaufen, wer sich registriert hat.
widget-registration-did-sign-in-buy = Falls Sie das getan haben, <a href="/sign-in?next={ $sale_url }" data-sign-in="in">melden Sie sich an</a>, um zu kaufen.
widget-registration-everyone-buy-sale-starts = Wenn der Verkauf beginnt, können alle kaufen.
widget-sold-out-reported-everything-set-aside = { $provider_name } meldet, dass alles vergeben ist, was für diesen Verkauf vorgesehen war.
widget-sold-out-see-what-else-is-on = Ansehen, was sonst im Verkauf ist
widget-sold-out-sale-reached-cap = Der Verkauf hat seine Höchstzahl von { $capacity } erreicht.
widget-sold-out-every-item-someones-cart = Jeder Artikel ist verkauft oder liegt in einem Warenkorb. Artikel, die nicht rechtzeitig bezahlt werden, gehen an die Warteliste, in der Reihenfolge der Anmeldung.
widget-sold-out-take-fewer = Ich nehme auch weniger, wenn es nicht für alle reicht
widget-sold-out-join-the-waitlist = Auf die Warteliste
widget-sold-out-joining-free = Der Eintrag ist kostenlos. Wenn Sie an der Reihe sind, schreiben wir Ihnen und legen die Artikel { $offer_time } lang zurück.
widget-soon-starts-on = Beginnt <span data-countdown-label="in">am { $starts_at }</span>
widget-soon-stay-page = Bleiben Sie auf dieser Seite: Der Kaufen-Knopf erscheint hier auf die Sekunde genau.
widget-soon-reload-this-page-then-to-buy = Laden Sie diese Seite dann neu, um zu kaufen.
widget-soon-starts-on-2 = Beginnt am { $starts_at }
widget-soon-at = { $starts_at }
widget-soon-while-supplies-last = solange der Vorrat reicht
widget-soon-nobody-can-buy-before-then = Vorher kann niemand kaufen.
widget-waitlist-time-is-up-offer-goes-to = Ihre Zeit ist abgelaufen, und das Angebot geht weiter an die nächste Person. Es wurde nichts abgebucht.
widget-waitlist-held-for-you = Für Sie zurückgelegt: { $quantity } × { $item_name }
widget-waitlist-time-pay-stands-sale = Ihre Zeit zum Bezahlen läuft nicht weiter, solange der Verkauf angehalten ist; es bleiben { $time_left }
widget-waitlist-until = bis { $offered_until }
widget-waitlist-dont-buy-time-next = Wenn Sie nicht rechtzeitig kaufen, { $quantity ->
        [one] geht der Artikel
       *[other] gehen die Artikel
    } an die nächste Person auf der Warteliste.
widget-waitlist-youre-next-on-the-waitlist = Sie sind die nächste Person auf der Warteliste
widget-waitlist-youre-number-on-the-waitlist = Sie haben Platz { $position } auf der Warteliste
widget-waitlist-youre-waiting-for = Sie warten auf { $quantity } × { $item_name }.
widget-waitlist-youll-accept-fewer = Sie nehmen auch weniger.
widget-waitlist-want-all-none = Sie möchten alle oder keinen.
widget-waitlist-good-chance = Ihre Chancen sind gut: Wir schreiben Ihnen, wenn Sie an der Reihe sind.
widget-waitlist-fair-chance = Sie haben eine Chance: Wir schreiben Ihnen, wenn Sie an der Reihe sind.
widget-waitlist-chances-low-email-unit = Ihre Chancen sind gering, aber wir schreiben Ihnen, wenn etwas frei wird.
widget-waitlist-leave-the-waitlist = Warteliste verlassen
widget-waitlist-wait-for-all-of-them = Auf alle warten
widget-waitlist-accept-fewer = Auch weniger nehmen
tracking-parcel-cancelled-not-sent = Dieses Paket wurde storniert und wird nicht verschickt.
tracking-parcel-refunded-not-sent = Dieses Paket wurde erstattet und wird nicht verschickt.
footer-language = Sprache
footer-english = English
footer-deutsch = Deutsch
privacy-smp-locale = smp_locale
privacy-keeps-language-chose-year = merkt sich ein Jahr lang die Sprache, die Sie gewählt haben
security-email-address = E-Mail-Adresse
security-not-confirmed = Nicht bestätigt
security-confirm-it = Bestätigen
security-new-email-address = Neue E-Mail-Adresse
security-send-link = Wir senden einen Link dorthin. Ihre jetzige Adresse wird benachrichtigt und kann die Änderung 7 Tage lang zurücknehmen.
security-current-password = Jetziges Passwort
security-change-the-address = Adresse ändern
security-change-set-password-first = Um sie zu ändern, legen Sie zuerst ein Passwort fest.
security-stay-signed-in-other-devices = Auf meinen anderen Geräten angemeldet bleiben
security-change-the-password = Passwort ändern
security-account-no-password = Ihr Konto hat kein Passwort. <a href="/forgot">Lassen Sie sich einen Link schicken</a>, mit dem Sie eines festlegen.
security-where-you-are-signed-in = Wo Sie angemeldet sind
security-since = Seit { $created_at }
security-this-device = Dieses Gerät
security-sign-out = Abmelden<span class="vh">: { $device }</span>
security-sign-out-on-all-other-devices = Auf allen anderen Geräten abmelden
account-link-take-the-change-back = Änderung zurücknehmen?
account-link-becomes-address-again = <strong>{ $email }</strong> wird wieder die Adresse Ihres Kontos. Alle werden davon abgemeldet, und Sie legen ein neues Passwort fest, weil jemand anderes Ihres kennen könnte.
account-link-sign-in-emails-go = Von jetzt an melden Sie sich mit <strong>{ $email }</strong> an, und unsere E-Mails gehen dorthin.
account-link-address-made = Ist <strong>{ $email }</strong> die Adresse des Kontos, das Sie hier angelegt haben? Wenn Sie keines angelegt haben, schließen Sie diese Seite: Dann geschieht nichts.
account-link-confirm = { $email } bestätigen
account-phone-your-mobile-number = Ihre Mobilnummer
account-phone-sent-code-valid-ten = Wir haben einen Code an <strong>{ $pending }</strong> geschickt. Er gilt zehn Minuten.
account-phone-remove-both-numbers = Beide Nummern entfernen
account-phone-enter-another-number = Andere Nummer eingeben
account-phone-text-text-about-choice = Unsere SMS gehen an <strong>{ $number }</strong>. Worüber wir Ihnen SMS schicken, wählen Sie unter <a href="/account/messages">Nachrichten</a>.
account-phone-answered-stop-one-texts = Sie haben auf eine unserer SMS mit STOP geantwortet, deshalb schicken wir keine an diese Nummer. Um wieder SMS zu erhalten, senden Sie START an die Nummer, von der sie kamen.
account-phone-remove-this-number = Diese Nummer entfernen
account-phone-change-it = Ändern
account-phone-mobile-number-text-sale = Mit einer Mobilnummer können wir Ihnen eine SMS schicken, wenn ein Verkauf beginnt oder wenn Sie auf einer Warteliste an der Reihe sind. Wir verwenden sie für nichts anderes, und Sie können das jederzeit beenden.
account-phone-write-country-country-code = So, wie man sie in Ihrem Land schreibt, oder mit Landesvorwahl
account-phone-text-me-a-code = Code per SMS senden
checkout-keep-this = Speichern:
checkout-billing-address = Rechnungsadresse
checkout-address = Adresse
checkout-in-my-account = in meinem Konto
connect-connect-to-your-account = { $label } mit Ihrem Konto verbinden
connect-sign-in-account = Von jetzt an können Sie sich beim Konto von { $email } auch mit { $label } anmelden.
connect-account-address-already = Zur Adresse { $email } gibt es schon ein Konto. Zeigen Sie, dass es Ihres ist, dann können Sie sich von jetzt an mit { $label } anmelden.
connect-password-of-your-account = Passwort Ihres Kontos
connect-code-email = Oder der Code, den wir Ihnen per E-Mail schicken
connect-connect-and-sign-in = Verbinden und anmelden
connect-email-me-a-code = Code per E-Mail senden
connect-other-way = Melden Sie sich auf anderem Weg an? <a href="{ $sign_in_url }">Melden Sie sich zuerst an</a>, dann verbinden wir { $label }.
erasure-name-addresses-choices-wrote = Ihr Name, Ihre Adressen, Ihre Auswahl und was Sie geschrieben haben, werden gelöscht und aus Ihren Bestellungen entfernt. Sie werden überall abgemeldet. Das lässt sich nicht rückgängig machen.
erasure-delete-my-account = Mein Konto löschen
erasure-changed-mind = Haben Sie es sich anders überlegt? Verlassen Sie einfach diese Seite: Es geschieht nichts. <a href="/">Zum Shop</a>
forgot-look-at-your-email = Sehen Sie in Ihre E-Mails
forgot-account-sent-link = Wenn es zu <strong>{ $sent_to }</strong> ein Konto gibt, haben wir einen Link dorthin geschickt. Er gilt einmal, 30 Minuten lang.
forgot-nothing-look-spam-folder = Nichts da? Sehen Sie im Spam-Ordner nach und prüfen Sie, ob die Adresse stimmt.
forgot-try-another-address-or-sign-in = <a href="/forgot">Versuchen Sie eine andere Adresse</a>, oder <a href="/sign-in">melden Sie sich an</a>
forgot-email-link-sets-another = Wir schicken Ihnen einen Link, mit dem Sie ein neues festlegen.
forgot-email-me-a-link = Link per E-Mail senden
forgot-back-to-sign-in = Zurück zur Anmeldung
my-address-change-an-address = Adresse ändern
my-address-for-the-carrier = Für den Paketdienst
my-address-checkout-begins-with-this-address = Die Kasse beginnt mit dieser Adresse
my-address-go-back-without-a-change = Ohne Änderung zurück
my-addresses-your-addresses = Ihre Adressen
my-addresses-default-checkout-begins-with-it = <span class="tag tag-good">Standard</span> Die Kasse beginnt damit.
my-addresses-change-the-address = Ändern<span class="vh">: Adresse { $lines }, { $saved_lines }</span>
my-addresses-make-default = Als Standard<span class="vh">: { $lines }, { $saved_lines }</span>
my-addresses-remove = Entfernen<span class="vh">: { $lines }, { $saved_lines }</span>
my-addresses-no-add-one-keep = Noch keine Adressen. Fügen Sie hier eine hinzu, oder speichern Sie eine an der Kasse, dann müssen Sie sie nicht noch einmal eingeben.
my-addresses-account-keeps-20 = Ein Konto speichert höchstens 20 Adressen. Entfernen Sie eine, um eine andere hinzuzufügen.
my-data-your-data = Ihre Daten
my-data-a-copy-of-your-data = Eine Kopie Ihrer Daten
my-data-everything-concerns-account-zip = Alles, was Ihr Konto betrifft, als ZIP mit JSON-Dateien. Wir schreiben Ihnen, wenn sie fertig ist; sie lässt sich sieben Tage lang herunterladen und einmal am Tag anfordern.
my-data-asked-for-on = Angefordert am { $requested_at }
my-data-can-be-downloaded-until = Herunterladbar bis { $expires_at }
my-data-being-written = Wird geschrieben
my-data-deleted = Gelöscht
my-data-download-the-copy-of = Herunterladen<span class="vh">: Kopie vom { $requested_at }</span>
my-data-kib = { $size_kib } KiB
my-data-ask-for-a-copy = Kopie anfordern
my-data-name-addresses-choices-wrote = Ihr Name, Ihre Adressen, Ihre Auswahl und was Sie geschrieben haben, werden gelöscht und aus Ihren Bestellungen entfernt. Zahlungen und Rechnungen bleiben so lange, wie das Gesetz es verlangt. Rollen in einem Team enden. Das lässt sich nicht rückgängig machen; Sie können sich mit derselben Adresse neu registrieren.
my-data-it-is-not-possible-yet = Noch ist es nicht möglich
my-data-your-password = Ihr Passwort
my-data-email-link-delete-account = Link zum Löschen meines Kontos per E-Mail senden
my-data-what-we-do-with-your-data = Was wir mit Ihren Daten tun
my-favourites-what-you-like = Was Ihnen gefällt
my-favourites-kept-browser = Für diesen Browser gespeichert. Beendete Verkäufe werden nicht angezeigt.
my-favourites-remove-from-your-favourites = Entfernen<span class="vh">: { $favourite_title } aus Ihren Favoriten</span>
my-favourites-no-press-heart-sales = Noch keine Favoriten. Drücken Sie auf der Seite eines Verkaufs auf das Herz, um ihn hier zu finden. <a href="/#on-now">Ansehen, was jetzt im Verkauf ist</a>
my-favourites-reminders = Erinnerungen
my-favourites-email-15-minutes-starts = Sie erhalten jeweils 15 Minuten vor dem Beginn eine E-Mail.
my-favourites-dont-remind-me-of = Nicht erinnern<span class="vh"> an { $reminder_title }</span>
my-favourites-none-sales-without-registration = Keine. Bei Verkäufen ohne Registrierung gibt es vor dem Beginn einen Knopf dafür.
my-favourites-sellers-you-follow = Verkäufer, denen Sie folgen
my-favourites-since = Seit { $followed_at }
my-favourites-unfollow = Nicht mehr folgen<span class="vh">: { $follow_name }</span>
my-favourites-nobody-follow-seller-page = Noch keine. Folgen Sie einem Verkäufer auf dessen Seite, und Sie erhalten eine E-Mail, wenn er einen neuen Verkauf ankündigt.
my-messages-messages-to-you = Nachrichten an Sie
my-messages-know-always-sent = Was Sie wissen müssen, wird immer gesendet: zu Ihrem Konto und dessen Sicherheit, zu Bestellungen, Zahlungen und Erstattungen. Den Rest wählen Sie selbst.
my-messages-by-text-message = Per SMS
my-messages-to-the-phone-of-the-order = an das Telefon der Lieferadresse
my-messages-to = an { $phone }
my-messages-for-text-messages-add-and-confirm = Für die übrigen SMS <a href="/account/phone">fügen Sie eine Telefonnummer hinzu und bestätigen sie</a>; ohne eine werden sie nicht gesendet.
my-profile-your-profile = Ihr Profil
my-profile-others-read-customer-service = So, wie andere ihn lesen, zum Beispiel der Kundenservice
my-profile-as-my-browser-says = Wie mein Browser
my-profile-time-zone-optional = Zeitzone (freiwillig)
my-profile-type-city-like-berlin = Geben Sie eine Stadt ein, zum Beispiel Berlin, und wählen Sie. Zeiten in E-Mails an Sie stehen dann in dieser Zone.
my-profile-how-we-reach-you = Wie wir Sie erreichen
my-profile-change-your-email-address = E-Mail-Adresse ändern
my-profile-change-your-phone-number = Telefonnummer ändern
my-profile-none-add-a-phone-number = Keine · <a href="/account/phone">Telefonnummer hinzufügen</a>
payment-first-confirm-your-email-address = Bestätigen Sie zuerst Ihre E-Mail-Adresse
payment-sent-code-six-digits = Wir haben einen sechsstelligen Code an <strong>{ $verify_email }</strong> geschickt. Geben Sie ihn ein, um zur Zahlung zu kommen.
payment-items-held-time-above-2 = Ihre Artikel sind bis zur oben genannten Zeit zurückgelegt, dadurch nicht länger.
privacy-account-name-email-address = <strong>Ihr Konto</strong>: Name, E-Mail-Adresse und ein Hash Ihres Passworts, damit Sie sich anmelden können; Sprache, Zeitzone, Adressen und Nachrichten, die Sie gewählt haben; Verkäufer, denen Sie folgen, und Verkäufe, an die Sie erinnert werden.
privacy-smp-press-smp-register = smp_press, smp_register, smp_wish, smp_typed
privacy-download-copy-data-delete = Sie können selbst <a href="/account/privacy">eine Kopie Ihrer Daten herunterladen oder Ihr Konto löschen</a>. Sie können auch Auskunft darüber verlangen, was wir über Sie speichern, es berichtigen oder löschen lassen und der Nutzung widersprechen. Schreiben Sie an <a href="mailto:{ $support_email }">{ $support_email }</a>. Sie können sich auch bei einer Datenschutzbehörde beschweren.
recovery-codes-your-recovery-codes = Ihre Wiederherstellungscodes
recovery-codes-second-factor = Der zweite Faktor ist eingeschaltet. Die Anmeldung fragt von jetzt an nach einem Code.
recovery-codes-lose-phone-signs-instead = Wenn Sie Ihr Telefon verlieren, meldet jeder davon Sie einmal anstelle des Codes der App an. Bewahren Sie sie bei anderen wichtigen Unterlagen auf, nicht auf dem Telefon.
recovery-codes-your-earlier-codes-no-longer-work = Ihre früheren Codes gelten nicht mehr.
recovery-codes-they-are-shown-only-now = Sie werden nur jetzt angezeigt.
recovery-codes-i-have-kept-them = Ich habe sie aufbewahrt
reset-account-signed-out-all-devices = Für das Konto von <strong>{ $email }</strong>. Sie werden auf allen Geräten abgemeldet.
reset-set-the-password = Passwort festlegen
second-factor-change-set-up-another-authenticator-app = Auf der nächsten Seite richten Sie eine andere Authenticator-App ein. Bis das geschehen ist, bleibt die jetzige in Gebrauch.
second-factor-change-ten-new-codes = Sie erhalten zehn neue Codes. Die früheren gelten nicht mehr.
second-factor-change-signing-in-ask-password-alone = Die Anmeldung fragt dann nur noch nach Ihrem Passwort.
second-factor-change-six-digits-authenticator-app = Sechs Ziffern Ihrer Authenticator-App oder ein Wiederherstellungscode
second-factor-change-go-on = Weiter
second-factor-change-make-new-codes = Neue Codes erstellen
second-factor-scan-picture-authenticator-app = Scannen Sie dieses Bild mit einer Authenticator-App auf Ihrem Telefon, zum Beispiel Aegis, Google Authenticator oder 1Password.
second-factor-qr-code-for-your-authenticator-app = QR-Code für Ihre Authenticator-App
second-factor-phone-open-app-type = Sie sind gerade am Telefon? <a href="{ $app_url }">Öffnen Sie die App</a>. Oder geben Sie diesen Schlüssel ein: <code class="secret">{ $secret }</code>
second-factor-type-six-digits-app = Geben Sie die sechs Ziffern ein, die die App jetzt zeigt.
second-factor-use-this-app-from-now-on = Von jetzt an diese App verwenden
second-factor-turn-on-the-second-factor = Zweiten Faktor einschalten
second-factor-begin-again-with-another-key = Mit einem anderen Schlüssel neu beginnen
second-factor-sign-in-smp-asks-six = Wenn Sie sich anmelden, fragt SMP dann zusätzlich zu Ihrem Passwort nach sechs Ziffern, die Ihr Telefon zeigt. Wer nur das Passwort erfährt, kommt nicht hinein.
second-factor-need-authenticator-app-phone = Sie brauchen eine Authenticator-App auf Ihrem Telefon, zum Beispiel Aegis, Google Authenticator oder 1Password.
second-factor-set-up-another-app = Andere App einrichten
second-factor-set-up = Einrichten
seller-unfollow = Nicht mehr folgen
seller-follow = Folgen
seller-email-announces-new-sale = Sie erhalten eine E-Mail, wenn { $seller_name } einen neuen Verkauf ankündigt.
seller-email-announces-new-sale-2 = Erhalten Sie eine E-Mail, wenn { $seller_name } einen neuen Verkauf ankündigt.
sign-in-code-account-second-factor = Ihr Konto hat einen zweiten Faktor. Öffnen Sie Ihre Authenticator-App und geben Sie die sechs Ziffern ein, die sie für SMP zeigt.
sign-in-code-six-digits-one-recovery = Sechs Ziffern, oder einer Ihrer Wiederherstellungscodes, wenn Sie Ihr Telefon nicht haben
sign-in-code-lost-both-app-recovery = App und Wiederherstellungscodes verloren? Schreiben Sie an <a href="mailto:{ $support_email }">{ $support_email }</a>. <a href="/sign-in{ $next_query }">Als jemand anderes anmelden</a>
sign-in-failed-not-connected = Nicht verbunden
sign-in-failed-not-signed-in = Nicht angemeldet
sign-in-failed-nothing-was-connected = Es wurde nichts verbunden
sign-in-failed-you-are-not-signed-in = Sie sind nicht angemeldet
sign-in-failed-back-to-your-accounts-security = Zurück zur Seite „Sicherheit“ Ihres Kontos
sign-in-failed-back-to-sign-in = Zurück zur Anmeldung
sign-up-send-code-need-pay = Wir senden einen Code dorthin, den Sie zum Bezahlen brauchen. Auch Bestellbestätigungen gehen hierhin.
unsubscribe-you-are-unsubscribed = Abbestellt
unsubscribe-unsubscribe = Abbestellen
unsubscribe-you-get-no-more-emails-with = Sie erhalten keine E-Mails mehr mit:
unsubscribe-emails-need-about-orders = E-Mails, die Sie brauchen, etwa zu Ihren Bestellungen und Ihrem Konto, kommen weiterhin.
unsubscribe-unsubscribe-2 = Abbestellen?
unsubscribe-no-more-emails = Sie würden keine E-Mails mehr erhalten mit:
unsubscribe-account-choose-messages = In Ihrem Konto können Sie <a href="/account/messages">wählen, welche Nachrichten Sie erhalten</a>.
verify-sent-code-six-digits = Wir haben einen sechsstelligen Code an <strong>{ $email }</strong> geschickt. Geben Sie ihn hier ein, oder öffnen Sie den Link in dieser E-Mail. Sie brauchen das einmal, bevor Sie bezahlen.
account-nav-overview = Übersicht
account-nav-profile = Profil
account-nav-addresses = Adressen
message-kind-reminders-start-sale = Erinnerungen an den Beginn eines Verkaufs
message-kind-news-waitlists-offers-turn = Neuigkeiten zu Wartelisten, etwa Angebote, wenn Sie an der Reihe sind
message-kind-news-orders-way = Neuigkeiten zu Bestellungen, die unterwegs sind
message-kind-new-sales-of-sellers-you-follow = neue Verkäufe von Verkäufern, denen Sie folgen
message-kind-news-teams-new-applications = Neuigkeiten für Teams, etwa neue Bewerbungen und Fragen
passkey-sign-in-sign-in-with-a-passkey = Mit einem Passkey anmelden
security-second-factor-second-factor = Zweiter Faktor
security-second-factor-on = Eingeschaltet seit { $confirmed_at }. Die Anmeldung fragt nach einem Code Ihrer Authenticator-App.
security-second-factor-one-recovery-code-is-left = Ein Wiederherstellungscode ist übrig.
security-second-factor-recovery-codes-are-left = { $recovery_codes_left } Wiederherstellungscodes sind übrig.
security-second-factor-off-signing-asks-six = Ausgeschaltet. Mit ihm fragt die Anmeldung auch nach sechs Ziffern, die Ihr Telefon zeigt, damit ein gestohlenes Passwort nicht genügt.
security-sign-in-methods-other-ways-to-sign-in = Weitere Wege zur Anmeldung
security-sign-in-methods-change-anything-sign-in-again = Um hier etwas zu ändern, <a href="{ $sign_in_url }">melden Sie sich noch einmal an</a>: Das geht nur in den ersten 15 Minuten nach einer Anmeldung.
security-sign-in-methods-connected = verbunden { $connected_at }
security-sign-in-methods-last-used = · zuletzt verwendet { $used_at }
security-sign-in-methods-only-way = Ihr einziger Weg zur Anmeldung. Legen Sie ein Passwort fest oder fügen Sie einen anderen Weg hinzu, bevor Sie ihn trennen.
security-sign-in-methods-disconnect = Trennen<span class="vh">: { $label }</span>
security-sign-in-methods-passkeys = Passkeys
security-sign-in-methods-passkey-signs-devices-fingerprint = Ein Passkey meldet Sie mit Fingerabdruck, Gesicht oder PIN Ihres Geräts an, ohne Passwort.
security-sign-in-methods-added = Hinzugefügt { $created_at }
security-sign-in-methods-not-used-yet = · noch nicht verwendet
security-sign-in-methods-only-way-2 = Ihr einziger Weg zur Anmeldung. Legen Sie ein Passwort fest oder fügen Sie einen anderen Weg hinzu, bevor Sie ihn entfernen.
security-sign-in-methods-remove = Entfernen<span class="vh">: { $passkey_name }</span>
security-sign-in-methods-add-passkey-turn-javascript = Um einen Passkey hinzuzufügen, schalten Sie JavaScript ein: Browser bieten sie nur Skripten an.
security-sign-in-methods-name-of-this-device = Name dieses Geräts
security-sign-in-methods-tell-passkeys-apart-like = Damit Sie Ihre Passkeys unterscheiden, zum Beispiel „Adas Telefon“
security-sign-in-methods-add-a-passkey = Passkey hinzufügen
sign-dialog-sign-in-another-way = Anders anmelden
sign-in-choices-or = oder
sign-in-choices-continue-with = Weiter mit { $label }
sign-reason-sign-in-reminded-sale = Melden Sie sich an, um an den Verkauf erinnert zu werden. Die Erinnerung ist gesetzt, sobald Sie angemeldet sind.
sign-reason-sign-in-follow-seller = Melden Sie sich an, um diesem Verkäufer zu folgen. Sie folgen ihm, sobald Sie angemeldet sind.
widget-registration-text-me-too-when-it-starts = Zum Beginn auch per SMS
widget-reminder-well-remind-you = Wir erinnern Sie
widget-reminder-email-15-minutes-sale = Sie erhalten 15 Minuten vor dem Beginn des Verkaufs eine E-Mail.
widget-reminder-dont-remind-me = Nicht erinnern
widget-reminder-no-registration-needed = Keine Registrierung nötig: Alle können kaufen. Wir können Ihnen 15 Minuten vor dem Beginn eine E-Mail schicken.
widget-reminder-remind-me = Erinnern
widget-sold-out-text-turn = Auch per SMS, wenn ich an der Reihe bin
widget-soon-add-the-start-to-your-calendar = Beginn in den Kalender eintragen
cash-code-confirms-order = { $code } ist Ihr Code für die Bestellung { $order_number }: { $amount } bar bei der Lieferung. Er gilt { $minutes } Minuten. Sagen Sie ihn niemandem.
cash-code-confirms-your-order = { $code } ist Ihr Code für Ihre Bestellung: { $amount } bar bei der Lieferung. Er gilt { $minutes } Minuten. Sagen Sie ihn niemandem.
phone-code-valid-minutes-tell-nobody = { $code } ist Ihr Code für { $brand_name }. Er gilt { $minutes } Minuten. Sagen Sie ihn niemandem. @{ $host } #{ $code }
sale-started-reply-stop-end-texts = { $brand_name }: { $sale_title } hat begonnen. { $sale_url } - Antworten Sie mit STOP, um keine SMS mehr zu erhalten.
shipped-parcel-way-tracking-number = Ihr Paket von { $provider_name } ist mit { $carrier } unterwegs. Sendungsnummer: { $tracking_number }. Verfolgen: { $url }
start-reminder-starts-reply-stop-end = { $brand_name }: { $sale_title } beginnt um { $starts_at }. { $sale_url } - Antworten Sie mit STOP, um keine SMS mehr zu erhalten.
waitlist-offer-turn-x-held-pay = { $brand_name }: Sie sind an der Reihe. { $quantity } x { $sale_title } bis { $expires_at } für Sie zurückgelegt. Bezahlen: { $url } - Antworten Sie mit STOP, um keine SMS mehr zu erhalten.
error-text-links-emails-work-limited = Die Links in unseren E-Mails gelten einmal und nur für eine begrenzte Zeit.
error-title-this-link-doesnt-work = Dieser Link funktioniert nicht
privacy-smp-device = smp_device
privacy-tells-browser-signed-in-new = unterscheidet einen Browser, mit dem Sie sich schon angemeldet haben, von einem neuen, bis 400 Tage nach Ihrer letzten Anmeldung
