"""The same updates as bench/conditional_update.cc by boto3 with threads: of each item a get_item, then an update_item on the
condition that all of its attributes are as read. Prints seconds.

Usage: conditional_update.py ENDPOINT THREADS ITEMS
"""
import decimal
import os
import sys
import threading
import time

import boto3
import botocore.config

endpoint, threads, items = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
name = f"bench_boto3_{os.getpid()}"
options = dict(endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="bench", aws_secret_access_key="bench",
               config=botocore.config.Config(max_pool_connections=threads))
boto3.client("dynamodb", **options).create_table(
    TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}])
ours = ["email", "name", "price", "active", "at"]
condition = " AND ".join(f"#{i} = :{i}" for i in range(len(ours)))
names = {f"#{i}": attribute for i, attribute in enumerate(ours)}


def update(table, mine):
    for number in mine:
        item = table.get_item(Key={"id": number}, ConsistentRead=True)["Item"]
        table.update_item(
            Key={"id": number}, UpdateExpression="SET #2 = :new", ConditionExpression=condition, ExpressionAttributeNames=names,
            ExpressionAttributeValues={":new": decimal.Decimal("24.99")} | {f":{i}": item[a] for i, a in enumerate(ours)})


tables = [boto3.session.Session().resource("dynamodb", **options).Table(name) for _ in range(threads)]
with tables[0].batch_writer() as batch:
    for number in range(1, items + 1):
        batch.put_item(Item={"id": number, "email": "customer@example.org", "name": "A name of some length",
                             "price": decimal.Decimal("19.99"), "active": True, "at": "2024-07-01T12:00:00Z"})
work = [threading.Thread(target=update, args=(table, range(1 + i, items + 1, threads))) for i, table in enumerate(tables)]
began = time.monotonic()
for thread in work:
    thread.start()
for thread in work:
    thread.join()
seconds = time.monotonic() - began
assert tables[0].get_item(Key={"id": items})["Item"]["price"] == decimal.Decimal("24.99")
tables[0].delete()
print(f"{seconds:.3f}")
