"""The same load as bench/dynamodb_local.cc by boto3 with threads: conditional puts, or its batch writer. Prints seconds.

Usage: dynamodb_local.py ENDPOINT put-if-absent|overwrite THREADS ITEMS
"""
import decimal
import os
import sys
import threading
import time

import boto3
import botocore.config

endpoint, mode, threads, items = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
name = f"bench_boto3_{os.getpid()}"
options = dict(endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="bench", aws_secret_access_key="bench",
               config=botocore.config.Config(max_pool_connections=threads))
boto3.client("dynamodb", **options).create_table(
    TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}])


def item(number):
    return {"id": number, "email": "customer@example.org", "name": "A name of some length", "price": decimal.Decimal("19.99"),
            "active": True, "at": "2024-07-01T12:00:00Z"}


def load(table, mine):
    if mode == "overwrite":
        with table.batch_writer() as batch:
            for number in mine:
                batch.put_item(Item=item(number))
    else:
        for number in mine:
            table.put_item(Item=item(number), ConditionExpression="attribute_not_exists(id)")


tables = [boto3.session.Session().resource("dynamodb", **options).Table(name) for _ in range(threads)]
work = [threading.Thread(target=load, args=(table, range(1 + i, items + 1, threads))) for i, table in enumerate(tables)]
began = time.monotonic()
for thread in work:
    thread.start()
for thread in work:
    thread.join()
seconds = time.monotonic() - began
tables[0].delete()
print(f"{seconds:.3f}")
