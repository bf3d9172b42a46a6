"""The contender py-amqplib: does what words of the form key=value ask for, and
prints the result in such words. Package bench tells what they mean. Without
arguments it prints the library's version."""

import importlib.metadata
import resource
import sys
import time

import amqplib.client_0_8 as amqp

TAG = KEY = "bench"

PROPERTIES = {
    "none": {},
    "base": {"content_type": "text/plain", "delivery_mode": 1},
}


def message(task):
    return amqp.Message(bytes(int(task.get("body", 0))), **PROPERTIES[task["properties"]])


def start_consumer(channel, task, on_delivery):
    no_ack = task.get("ack") == "none"
    prefetch = int(task.get("prefetch", 0))
    if prefetch and not no_ack:
        channel.basic_qos(0, prefetch, False)
    channel.basic_consume(queue=task["queue"], consumer_tag=TAG, no_ack=no_ack, callback=on_delivery)
    return no_ack


def publish(channel, task):
    m = message(task)
    for _ in range(int(task["messages"])):
        channel.basic_publish(m, routing_key=KEY)


def consume(channel, task):
    got = 0

    def on_delivery(m):
        nonlocal got
        got += 1
        if m.delivery_tag != got:
            sys.exit(f"delivery {got} has the tag {m.delivery_tag}")
        if not no_ack:
            channel.basic_ack(m.delivery_tag)

    no_ack = start_consumer(channel, task, on_delivery)
    while got < int(task["messages"]):
        channel.wait()


def deliver_latency(channel, task):
    m, taken = message(task), []

    def on_delivery(m):
        taken.append(time.perf_counter_ns() - sent)
        channel.basic_ack(m.delivery_tag)

    start_consumer(channel, task, on_delivery)
    for i in range(int(task["messages"])):
        sent = time.perf_counter_ns()
        channel.basic_publish(m, routing_key=KEY)
        while len(taken) == i:
            channel.wait()
    return taken


FLOWS = {"publish": publish, "consume": consume, "deliver-latency": deliver_latency}


def cpu_ns():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return int((usage.ru_utime + usage.ru_stime) * 1e9)


def peak_kib():
    """The most memory that this program has held. ru_maxrss would include its parent's."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def quantile(ordered, thousandths):
    """What so many thousandths do not exceed."""
    return ordered[max((len(ordered) * thousandths + 999) // 1000, 1) - 1]


def latencies(taken):
    if not taken:
        return {}
    taken.sort()
    return {
        "p50_ns": quantile(taken, 500),
        "p99_ns": quantile(taken, 990),
        "p999_ns": quantile(taken, 999),
        "max_ns": taken[-1],
    }


def main():
    task = dict(word.split("=", 1) for word in sys.argv[1:])
    if not task:
        print(importlib.metadata.version("amqplib"))
        return
    connection = amqp.Connection(host=task["address"])
    channel = connection.channel()
    wall, cpu = time.perf_counter_ns(), cpu_ns()
    taken = FLOWS[task["flow"]](channel, task)
    connection.close()
    result = {
        "messages": task["messages"],
        "wall_ns": time.perf_counter_ns() - wall,
        "cpu_ns": cpu_ns() - cpu,
        "rss_kib": peak_kib(),
        **latencies(taken),
    }
    print(*(f"{name}={value}" for name, value in result.items()))


main()
