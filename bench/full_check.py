"""What people write to compare a table: scans both sides into dictionaries and compares each row with its item.

Usage: full_check.py ENDPOINT TABLE            (the database by MIGRATE_TEST_MARIADB_*). Prints seconds.
"""
import decimal
import os
import sys
import time

import boto3
import pymysql

endpoint, name = sys.argv[1], sys.argv[2]
began = time.monotonic()

env = {key: os.environ["MIGRATE_TEST_MARIADB_" + key.upper()] for key in ("host", "port", "user", "password")}
source = pymysql.connect(host=env["host"], port=int(env["port"]), user=env["user"], password=env["password"],
                         database="bench", charset="utf8mb4", init_command="SET time_zone = '+00:00'")
with source.cursor(pymysql.cursors.SSCursor) as cursor:
    cursor.execute("SELECT id, email, name, price, active, created_at FROM customers")
    rows = {row[0]: row for row in cursor}


def expected(row):
    item = {"id": decimal.Decimal(row[0]), "email": row[1], "price": row[3], "active": bool(row[4]),
            "created_at": row[5].strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    if row[2] is not None:
        item["name"] = row[2]
    return item


table = boto3.resource("dynamodb", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="bench",
                       aws_secret_access_key="bench").Table(name)
missing, extra, different, page = len(rows), 0, 0, {}
while True:
    page = table.scan(ConsistentRead=True, **({"ExclusiveStartKey": page["LastEvaluatedKey"]} if page else {}))
    for item in page["Items"]:
        row = rows.get(int(item["id"]))
        if row is None:
            extra += 1
            continue
        missing -= 1
        if expected(row) != item:
            different += 1
    if "LastEvaluatedKey" not in page:
        break

if missing or extra or different:
    sys.exit(f"missing {missing}, extra {extra}, different {different}")
print(f"{time.monotonic() - began:.3f}")
