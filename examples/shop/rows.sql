-- About 100,000 rows, the same at each run: numbers come from arithmetic, not from RAND().
SET time_zone = '+00:00';
SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION';  -- the dirty rows below need a server that lets them in
SET SESSION foreign_key_checks = 0;

CREATE TABLE digits (d INT NOT NULL PRIMARY KEY);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
CREATE TABLE numbers (n INT NOT NULL PRIMARY KEY);
INSERT INTO numbers
  SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 1
  FROM digits a, digits b, digits c, digits d, digits e WHERE e.d < 3;

INSERT INTO countries (code, name) VALUES
  ('AT', 'Austria'), ('BR', 'Brazil'), ('CA', 'Canada'), ('CH', 'Switzerland'), ('DE', 'Germany'), ('ES', 'Spain'),
  ('FR', 'France'), ('GB', 'United Kingdom'), ('IN', 'India'), ('IT', 'Italy'), ('JP', 'Japan 日本'), ('US', 'United States');

INSERT INTO customers (id, email, name, country_id, referred_by, newsletter, credit, preferences, created_at, deleted_at)
  SELECT n, CONCAT('customer', n, '@example.com'), CONCAT(ELT(1 + n % 7, 'Ada', 'Grace', 'Jürgen', 'Zoë', 'Linus', 'Edsger', 'Barbara'), ' ', n),
    IF(n % 17 = 0, NULL, 1 + n % 12), IF(n > 10 AND n % 5 = 0, FLOOR(n / 5), NULL), n % 2, (n * 37 % 100000) / 100,
    IF(n % 3 = 0, NULL, CONCAT('{"theme": "', IF(n % 2, 'dark', 'light'), '", "size": ', n % 5, '}')),
    '2021-01-01 08:00:00' + INTERVAL n * 97 MINUTE, IF(n % 50 = 0, '2024-05-06 07:08:09', NULL)
  FROM numbers WHERE n <= 10000;

INSERT INTO addresses (id, customer_id, kind, street, city, zip)
  SELECT n, 1 + n * 7 % 10000, IF(n % 2, 'billing', 'shipping'), CONCAT(n % 300, ' Main St'), ELT(1 + n % 5, 'Graz', 'Köln', 'Lyon', 'Porto', 'Osaka'), IF(n % 9 = 0, NULL, LPAD(n, 5, '0'))
  FROM numbers WHERE n <= 16000;

INSERT INTO categories (id, name, parent_id)
  SELECT n, CONCAT('Category ', n), IF(n <= 5, NULL, FLOOR(n / 5)) FROM numbers WHERE n <= 40;
INSERT INTO suppliers (id, name, country_id) SELECT n, CONCAT('Supplier ', n), 1 + n % 12 FROM numbers WHERE n <= 100;
INSERT INTO products (id, sku, title, category_id, supplier_id, price, weight_kg, tags, deleted_at)
  SELECT n, CONCAT('SKU-', LPAD(n, 6, '0')), CONCAT('Product "', n, '"'), 1 + n % 40, IF(n % 11 = 0, NULL, 1 + n % 100),
    1 + (n * 131 % 90000) / 100, IF(n % 13 = 0, NULL, n / 10), n % 16, IF(n % 100 = 0, '2023-01-01', NULL)
  FROM numbers WHERE n <= 2000;
INSERT INTO stock (product_id, warehouse, quantity, counted_at)
  SELECT p.n, CONCAT('hall ', h.n), p.n % (90 - h.n), '2025-02-03 04:05:06.789' FROM numbers p, numbers h WHERE p.n <= 2000 AND h.n <= 20;

INSERT INTO orders (id, customer_id, status, ordered_at, shipped_on, note, deleted_at)
  SELECT n, 1 + n * 13 % 10000, ELT(1 + n % 4, 'paid', 'shipped', 'draft', 'returned'), '2024-01-01 00:00:00.125' + INTERVAL n * 11 MINUTE,
    IF(n % 4 = 1, DATE('2024-01-03') + INTERVAL n DIV 130 DAY, NULL), IF(n % 8 = 0, 'Leave at the door, please', NULL), IF(n % 200 = 0, '2025-01-01', NULL)
  FROM numbers WHERE n <= 10000;
INSERT INTO order_items (order_id, line_no, product_id, quantity, unit_price)
  SELECT 1 + (n - 1) DIV 3, 1 + (n - 1) % 3, 1 + n * 17 % 2000, 1 + n % 4, 1 + (n * 71 % 9000) / 100 FROM numbers WHERE n <= 10000;
INSERT INTO payments (id, order_id, method, amount, paid_at, reference)
  SELECT n, n, ELT(1 + n % 3, 'card', 'invoice', 'wallet'), (n * 53 % 50000) / 100, '2024-02-01 12:00:00' + INTERVAL n MINUTE, IF(n % 6 = 0, NULL, UNHEX(LPAD(HEX(n), 16, '0')))
  FROM numbers WHERE n <= 5000;
INSERT INTO reviews (id, product_id, customer_id, stars, body, created_at)
  SELECT n, 1 + n * 3 % 2000, 1 + n * 29 % 10000, 1 + n % 5, IF(n % 4 = 0, NULL, CONCAT('Review ', n, IF(n % 10 = 0, ' – très bien ☀', ''))), '2024-03-01' + INTERVAL n * 7 MINUTE
  FROM numbers WHERE n <= 7000;

-- The dirty ones: a zero date, a date that is only half there, a review whose time is unknown.
UPDATE orders SET shipped_on = '0000-00-00' WHERE id = 4711;
UPDATE orders SET shipped_on = '2024-02-00' WHERE id = 4712;
UPDATE reviews SET created_at = '0000-00-00 00:00:00' WHERE id = 77;

DROP TABLE numbers, digits;
