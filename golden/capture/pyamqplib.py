#!/usr/bin/python3
"""One conversation of py-amqplib's client_0_8 with a broker: pyamqplib.py SCENARIO HOST:PORT

Each scenario is one connection. Its calls stand one below the other, without loops or helpers that would
hide what is sent: another client that makes the same calls must send the same octets. Dictionaries are
encoded in the order in which they are written here. main.go runs this with TZ=UTC, records what crosses,
and makes the virtual host "golden" beforehand. Scenarios with messages are in pyamqplib_content.py.
"""

import contextlib
import sys
from datetime import datetime
from decimal import Decimal

from amqplib import client_0_8 as amqp

import pyamqplib_content as content


def handshake(host):
    """What the library does by itself: AMQPLAIN, virtual host /, heartbeat 0."""
    conn = amqp.Connection(host)
    conn.close()


def handshake_plain(host):
    """PLAIN, another virtual host, insist, and client properties of every type that the library has."""
    conn = amqp.Connection(
        host,
        login_method='PLAIN',
        login_response='\0guest\0guest',
        virtual_host='golden',
        locale='en_US',
        insist=True,
        client_properties={
            'product': 'golden',
            'number': -7,
            'price': Decimal('-12.34'),
            'since': datetime(2009, 11, 17, 12, 34, 56),
            'nested': {'empty': {}, 'text': 'gr\u00fc\u00df dich', 'zero': 0},
        },
    )
    channel = conn.channel()
    channel.close()
    conn.close(200, 'bye', (10, 40))


def declare(host):
    """Channels, tickets, exchanges, queues and bindings."""
    conn = amqp.Connection(host)

    # Channels: the lowest free number, a chosen one, and a number that is used again.
    first = conn.channel()
    second = conn.channel()
    far = conn.channel(700)
    second.close()
    second = conn.channel()
    far.close(200, 'done', (20, 10))

    # Tickets. The library puts the newest ticket of a channel into all that follows on it.
    first.exchange_declare('golden.before', 'direct', auto_delete=False)
    first.access_request('/data', active=True, write=True, read=True)
    first.access_request('/data', exclusive=True, passive=True)
    first.access_request('/admin', passive=True, active=True, write=True, read=True, exclusive=True)
    first.exchange_delete('golden.before')

    # Exchanges.
    first.exchange_declare('golden.direct', 'direct', durable=True, auto_delete=False)
    first.exchange_declare('golden.direct', 'direct', passive=True)
    first.exchange_declare('golden.fanout', 'fanout')
    first.exchange_declare('golden.inner', 'fanout', internal=True)
    first.exchange_declare(
        'golden.topic', 'topic', auto_delete=False, ticket=513,
        arguments={
            'alternate-exchange': 'golden.fanout',
            'number': 2147483647,
            'lowest': -2147483648,
            'price': Decimal('1234.5678'),
            'since': datetime(1970, 1, 1, 0, 0, 1),
            'nested': {'inner': {'innermost': {'depth': 3}, 'after': 'inner'}},
        },
    )
    first.exchange_declare('golden.silent', 'direct', auto_delete=False, nowait=True)

    # Queues.
    first.queue_declare('golden.plain', auto_delete=False)
    first.queue_declare('golden.plain', passive=True)
    first.queue_declare('golden.durable', durable=True, auto_delete=False)
    first.queue_declare('golden.exclusive', exclusive=True, auto_delete=False)
    first.queue_declare('golden.auto')
    named, _, _ = second.queue_declare()
    first.queue_declare(
        'golden.arguments', auto_delete=False,
        arguments={
            'x-message-ttl': 60000,
            'x-dead-letter-exchange': 'golden.direct',
            'price': Decimal('0.5'),
            'since': datetime(2009, 11, 17, 12, 34, 56),
            'nested': {'a': 1, 'b': 'two'},
        },
    )
    first.queue_declare('golden.silent', auto_delete=False, nowait=True)

    # Bindings. The empty name stands for the queue that the channel declared last.
    first.queue_bind('golden.plain', 'golden.direct', 'key')
    first.queue_bind('golden.plain', 'golden.topic', 'a.*.c.#', arguments={'x': 'y', 'n': {'m': 1}})
    first.queue_bind('golden.silent', 'golden.silent', 'key', nowait=True)
    second.queue_bind('', 'golden.fanout')
    second.queue_bind(named, 'golden.direct', 'named')

    # Purge and delete.
    first.queue_purge('golden.plain')
    first.queue_purge('golden.silent', nowait=True)
    first.queue_delete('golden.plain')
    first.queue_delete('golden.durable', if_unused=True)
    first.queue_delete('golden.exclusive', if_empty=True)
    first.queue_delete('golden.arguments', if_unused=True, if_empty=True)
    first.queue_delete('golden.silent', nowait=True)
    second.queue_delete(named)
    first.queue_delete('golden.auto')
    first.exchange_delete('golden.topic')
    first.exchange_delete('golden.direct', if_unused=True)
    first.exchange_delete('golden.inner')
    first.exchange_delete('golden.silent', nowait=True)

    second.close()
    first.close()
    conn.close()


def soft_error(host):
    """Errors that cost the channel: each time the broker closes it and the number is used again."""
    conn = amqp.Connection(host)
    channel = conn.channel()
    with refused(404):
        channel.queue_declare('golden.missing', passive=True)
    channel = conn.channel()
    with refused(406):
        channel.exchange_declare('amq.direct', 'fanout', durable=True, auto_delete=False)
    channel = conn.channel()
    with refused(403):
        channel.queue_declare('amq.reserved')
    channel = conn.channel()
    channel.basic_publish(amqp.Message(b'lost'), 'golden.missing', 'key')
    with refused(404):
        channel.wait()
    channel = conn.channel()
    channel.close()
    conn.close()


def hard_error(host):
    """A publish with the immediate bit, which RabbitMQ refuses by closing the connection."""
    conn = amqp.Connection(host)
    channel = conn.channel()
    channel.basic_publish(amqp.Message(b'now'), '', 'golden.missing', mandatory=True, immediate=True)
    with refused(540):
        conn.wait()


def hard_error_vhost(host):
    """A virtual host that is not there: the close comes in the handshake."""
    with refused(530):
        amqp.Connection(host, virtual_host='missing')


def hard_error_type(host):
    """An exchange of an unknown type, while two channels are open."""
    conn = amqp.Connection(host)
    channel = conn.channel()
    conn.channel()
    with refused(503):
        channel.exchange_declare('golden.odd', 'odd')


def flow(host):
    """Flow on, which RabbitMQ grants, and off, which it refuses by closing the connection."""
    conn = amqp.Connection(host)
    channel = conn.channel()
    channel.flow(True)
    with refused(540):
        channel.flow(False)


class WithHeartbeat(amqp.Connection):
    """The library always asks for no heartbeat; this asks for one every two seconds."""

    def _x_tune_ok(self, channel_max, frame_max, heartbeat):
        super()._x_tune_ok(channel_max, frame_max, 2)


def heartbeat(host):
    """Heartbeats both ways. The library has none: it cannot read one, and sends none.

    So the frames are read and written here, with the library's own transport, while no call is under way.
    """
    conn = WithHeartbeat(host)
    channel = conn.channel()
    assert conn.transport.read_frame() == (8, 0, b'')
    conn.transport.write_frame(8, 0, b'')
    assert conn.transport.read_frame() == (8, 0, b'')
    conn.transport.write_frame(8, 0, b'')
    channel.close()
    conn.close()


@contextlib.contextmanager
def refused(code):
    """Wants the broker to answer what is done inside with a close of this reply code."""
    try:
        yield
    except (amqp.AMQPChannelException, amqp.AMQPConnectionException) as e:
        assert e.amqp_reply_code == code, e
    else:
        raise AssertionError('not refused')


def main(scenario, host):
    scenarios = [
        handshake, handshake_plain, declare, content.publish, content.get, content.large, content.consume,
        content.tx, soft_error, hard_error, hard_error_vhost, hard_error_type, flow, heartbeat,
    ]
    {s.__name__: s for s in scenarios}[scenario](host)


if __name__ == '__main__':
    main(*sys.argv[1:])
