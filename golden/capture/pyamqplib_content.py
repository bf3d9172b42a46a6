"""The scenarios of pyamqplib.py in which messages travel."""

from datetime import datetime
from decimal import Decimal

from amqplib import client_0_8 as amqp


def publish(host):
    """Bodies of several sizes, all properties, and messages that come back."""
    conn = amqp.Connection(host)
    channel = conn.channel()
    channel.exchange_declare('golden.publish', 'topic')
    channel.queue_declare('golden.publish', auto_delete=False)
    channel.queue_bind('golden.publish', 'golden.publish', 'golden.#')

    # Bodies. One of text makes the library name its encoding.
    channel.basic_publish(amqp.Message(b''), 'golden.publish', 'golden.empty')
    channel.basic_publish(amqp.Message(b'x'), 'golden.publish', 'golden.one')
    channel.basic_publish(amqp.Message(b'0123456789' * 100), 'golden.publish', 'golden.thousand')
    channel.basic_publish(amqp.Message('gr\u00fc\u00df dich'), 'golden.publish', 'golden.text')
    channel.basic_publish(amqp.Message(b'default exchange'), routing_key='golden.publish')

    # Properties: all fourteen, the first and the last, and headers of every type that the library has.
    channel.basic_publish(
        amqp.Message(
            b'all properties',
            content_type='text/plain',
            content_encoding='us-ascii',
            application_headers={
                'string': 'value',
                'empty': '',
                'positive': 42,
                'negative': -42,
                'decimal': Decimal('3.14159'),
                'minus': Decimal('-0.01'),
                'since': datetime(2009, 11, 17, 12, 34, 56),
                'table': {'inner': {'n': 1}, 'none': {}},
            },
            delivery_mode=2,
            priority=7,
            correlation_id='correlation',
            reply_to='golden.reply',
            expiration='60000',
            message_id='message-1',
            timestamp=datetime(2009, 11, 17, 12, 34, 56),
            type='golden.type',
            user_id='guest',
            app_id='golden',
            cluster_id='cluster',
        ),
        'golden.publish', 'golden.all',
    )
    channel.basic_publish(
        amqp.Message(b'two properties', content_type='application/octet-stream', cluster_id='cluster'),
        'golden.publish', 'golden.two',
    )
    channel.basic_publish(amqp.Message(b'no headers', application_headers={}), 'golden.publish', 'golden.none')
    channel.basic_publish(amqp.Message(b'zero', priority=0), 'golden.publish', 'golden.zero')

    # Returns: with a body, and without one. The third is routed nowhere and silently dropped.
    channel.basic_publish(
        amqp.Message(b'come back', message_id='message-2', application_headers={'attempt': 1}),
        'golden.publish', 'nobody', mandatory=True,
    )
    channel.wait([(60, 50)])
    channel.basic_publish(amqp.Message(b''), '', 'golden.missing', mandatory=True)
    channel.wait([(60, 50)])
    channel.basic_publish(amqp.Message(b'dropped'), 'golden.publish', 'nobody', ticket=257)

    channel.queue_purge('golden.publish')
    channel.queue_delete('golden.publish')
    channel.close()
    conn.close()


def get(host):
    """Messages fetched one by one: the broker gives the properties back as they came."""
    conn = amqp.Connection(host)
    channel = conn.channel()
    channel.queue_declare('golden.get', auto_delete=False)
    channel.basic_get('golden.get')
    channel.basic_publish(amqp.Message(b''), '', 'golden.get')
    channel.basic_publish(amqp.Message(b'x'), '', 'golden.get')
    channel.basic_publish(
        amqp.Message(
            b'all properties',
            content_type='text/plain',
            content_encoding='us-ascii',
            application_headers={
                'string': 'value',
                'number': -1,
                'decimal': Decimal('-2.5'),
                'since': datetime(2009, 11, 17, 12, 34, 56),
                'table': {'inner': {}},
            },
            delivery_mode=1,
            priority=9,
            correlation_id='c',
            reply_to='r',
            expiration='60000',
            message_id='m',
            timestamp=datetime(2038, 1, 19, 3, 14, 8),
            type='t',
            user_id='guest',
            app_id='a',
            cluster_id='i',
        ),
        '', 'golden.get',
    )
    channel.basic_publish(amqp.Message(b'last', priority=0), '', 'golden.get')
    message = channel.basic_get('golden.get')
    channel.basic_ack(message.delivery_tag)
    message = channel.basic_get('golden.get')
    channel.basic_reject(message.delivery_tag, True)
    message = channel.basic_get('golden.get')
    channel.basic_get('golden.get')
    message = channel.basic_get('golden.get', no_ack=True)
    channel.basic_ack(0, multiple=True)
    channel.basic_get('golden.get')
    channel.queue_delete('golden.get')
    channel.close()
    conn.close()


def large(host):
    """Bodies around and above what a frame holds; the broker offers a frame-max of 4096."""
    conn = amqp.Connection(host)
    channel = conn.channel()
    channel.queue_declare('golden.large', auto_delete=False)
    channel.basic_publish(amqp.Message(b'a' * 4088), '', 'golden.nowhere')
    channel.basic_publish(amqp.Message(b'b' * 4089), '', 'golden.nowhere')
    channel.basic_publish(amqp.Message(b'0123456789' * 1000, delivery_mode=2), '', 'golden.large')
    channel.basic_get('golden.large', no_ack=True)
    channel.queue_delete('golden.large')
    channel.close()
    conn.close()


def consume(host):
    """Deliveries on channel 2 of what channel 1 publishes, and all that can be done with them."""
    conn = amqp.Connection(host)
    publisher = conn.channel()
    consumer = conn.channel()
    publisher.queue_declare('golden.consume', auto_delete=False)
    publisher.basic_publish(amqp.Message(b'one'), '', 'golden.consume')
    publisher.basic_publish(amqp.Message(b'two'), '', 'golden.consume')
    publisher.basic_publish(amqp.Message(b'three', delivery_mode=2), '', 'golden.consume')

    # A tag of the client's own, two messages at a time.
    got = []
    consumer.basic_qos(0, 2, False)
    consumer.basic_consume('golden.consume', 'golden.tag', callback=got.append)
    consumer.wait([(60, 60)])
    consumer.wait([(60, 60)])
    consumer.basic_ack(got[0].delivery_tag)
    consumer.wait([(60, 60)])
    consumer.basic_ack(got[2].delivery_tag, multiple=True)

    # Rejected and delivered again; recovered and delivered again; rejected for good.
    publisher.basic_publish(amqp.Message(b'four'), '', 'golden.consume')
    consumer.wait([(60, 60)])
    consumer.basic_reject(got[3].delivery_tag, True)
    consumer.wait([(60, 60)])
    consumer.basic_recover(requeue=True)
    consumer.wait([(60, 60)])
    consumer.basic_reject(got[5].delivery_tag, False)
    consumer.basic_cancel('golden.tag')

    # A tag of the broker's, and no acknowledgements.
    tag = consumer.basic_consume('golden.consume', no_local=True, no_ack=True, callback=got.append)
    publisher.basic_publish(amqp.Message(b''), '', 'golden.consume')
    consumer.wait([(60, 60)])
    consumer.basic_cancel(tag)

    # Exclusive.
    consumer.basic_qos(0, 0, True)
    consumer.basic_consume('golden.consume', 'golden.alone', exclusive=True, callback=got.append)
    consumer.basic_cancel('golden.alone')

    # Without waiting, both at the beginning and the end. The library would wait for a cancel-ok even then.
    consumer.basic_consume('golden.consume', 'golden.silent', nowait=True)
    consumer.callbacks['golden.silent'] = got.append  # the library registers it under None
    publisher.basic_publish(amqp.Message(b'silent'), '', 'golden.consume')
    consumer.wait([(60, 60)])
    consumer.basic_ack(got[7].delivery_tag)
    consumer.wait = lambda allowed_methods=None: None
    consumer.basic_cancel('golden.silent', nowait=True)
    del consumer.wait

    consumer.close()
    publisher.queue_delete('golden.consume')
    publisher.close()
    conn.close()


def tx(host):
    """Transactions: publishes and acknowledgements that are taken back, and such that are not."""
    conn = amqp.Connection(host)
    channel = conn.channel()
    channel.queue_declare('golden.tx', auto_delete=False)
    channel.tx_select()
    channel.basic_publish(amqp.Message(b'taken back'), '', 'golden.tx')
    channel.tx_rollback()
    channel.basic_get('golden.tx')
    channel.basic_publish(amqp.Message(b'committed'), '', 'golden.tx')
    channel.basic_publish(amqp.Message(b'returned'), '', 'golden.missing', mandatory=True)
    channel.tx_commit()
    message = channel.basic_get('golden.tx')
    channel.basic_ack(message.delivery_tag)
    channel.tx_rollback()
    channel.basic_recover(requeue=True)
    message = channel.basic_get('golden.tx')
    channel.basic_ack(message.delivery_tag)
    channel.tx_commit()
    channel.basic_get('golden.tx')
    channel.queue_delete('golden.tx')
    channel.close()
    conn.close()
