-- A shop of eleven tables: joins, a tree, a self-reference, soft deletes, JSON, and dates of every kind.
CREATE TABLE countries (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  code CHAR(2) NOT NULL,
  name VARCHAR(80) NOT NULL,
  UNIQUE KEY (code)
);

CREATE TABLE customers (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(160) NOT NULL,
  name VARCHAR(120) NOT NULL,
  country_id INT NULL,
  referred_by INT NULL,
  newsletter TINYINT(1) NOT NULL DEFAULT 0,
  credit DECIMAL(12, 2) NOT NULL DEFAULT 0,
  preferences JSON NULL,
  created_at DATETIME NOT NULL,
  deleted_at DATETIME NULL,
  KEY (country_id), KEY (referred_by),
  FOREIGN KEY (country_id) REFERENCES countries (id),
  FOREIGN KEY (referred_by) REFERENCES customers (id)
);

CREATE TABLE addresses (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id INT NOT NULL,
  kind ENUM('billing', 'shipping') NOT NULL,
  street VARCHAR(160) NOT NULL,
  city VARCHAR(80) NOT NULL,
  zip VARCHAR(12) NULL,
  KEY (customer_id),
  FOREIGN KEY (customer_id) REFERENCES customers (id)
);

CREATE TABLE categories (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(80) NOT NULL,
  parent_id INT NULL,
  KEY (parent_id),
  FOREIGN KEY (parent_id) REFERENCES categories (id)
);

CREATE TABLE suppliers (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(80) NOT NULL,
  country_id INT NOT NULL,
  KEY (country_id),
  FOREIGN KEY (country_id) REFERENCES countries (id)
);

CREATE TABLE products (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sku VARCHAR(20) NOT NULL,
  title VARCHAR(160) NOT NULL,
  category_id INT NULL,
  supplier_id INT NULL,
  price DECIMAL(10, 2) NOT NULL,
  weight_kg FLOAT NULL,
  tags SET('new', 'sale', 'eco', 'fragile') NOT NULL DEFAULT '',
  deleted_at DATETIME NULL,
  UNIQUE KEY (sku), KEY (category_id), KEY (supplier_id),
  FOREIGN KEY (category_id) REFERENCES categories (id),
  FOREIGN KEY (supplier_id) REFERENCES suppliers (id)
);

CREATE TABLE stock (
  product_id INT NOT NULL,
  warehouse VARCHAR(20) NOT NULL,
  quantity INT NOT NULL,
  counted_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (product_id, warehouse),
  FOREIGN KEY (product_id) REFERENCES products (id)
);

CREATE TABLE orders (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id INT NOT NULL,
  status VARCHAR(12) NOT NULL,
  ordered_at DATETIME(3) NOT NULL,
  shipped_on DATE NULL,
  note TEXT NULL,
  deleted_at DATETIME NULL,
  KEY (customer_id),
  FOREIGN KEY (customer_id) REFERENCES customers (id)
);

CREATE TABLE order_items (
  order_id INT NOT NULL,
  line_no SMALLINT NOT NULL,
  product_id INT NOT NULL,
  quantity SMALLINT NOT NULL,
  unit_price DECIMAL(10, 2) NOT NULL,
  PRIMARY KEY (order_id, line_no),
  KEY (product_id),
  FOREIGN KEY (order_id) REFERENCES orders (id),
  FOREIGN KEY (product_id) REFERENCES products (id)
);

CREATE TABLE payments (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  order_id INT NOT NULL,
  method VARCHAR(12) NOT NULL,
  amount DECIMAL(12, 2) NOT NULL,
  paid_at TIMESTAMP NULL,
  reference BINARY(8) NULL,
  KEY (order_id),
  FOREIGN KEY (order_id) REFERENCES orders (id)
);

CREATE TABLE reviews (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  product_id INT NOT NULL,
  customer_id INT NOT NULL,
  stars TINYINT UNSIGNED NOT NULL,
  body TEXT NULL,
  created_at DATETIME NOT NULL,
  KEY (product_id), KEY (customer_id),
  FOREIGN KEY (product_id) REFERENCES products (id),
  FOREIGN KEY (customer_id) REFERENCES customers (id)
);
