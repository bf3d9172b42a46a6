package main

import (
	"fmt"
	"io"

	"github.com/amqpgen/amqpgen/bench"
)

const howToRead = `## How to read

- A contender is a process of its own, and so is the server. **CPU ns** is the user and system time of the client's
  process per message, the kernel's share of the network and garbage collection included, from just before the work
  until the connection is closed. **messages/s** is by the clock, bounded by whichever side is slower.
- **allocs** and **octets** are allocated on the heap per message, in Go. **peak MiB** is the most memory that the
  process has ever held.
- **ours/its** is the value of the first contender of ours in the scenario (amqp08, or rabbitmq where it does not take
  part) through that of the row's: below 1, ours takes less. Numbers are medians of %d rounds. Ratios are taken round by
  round, since the contenders of a round run one after the other: the median, and the least and greatest in brackets.
- Latencies with a rate count from when a message was meant to be sent, so that one which waits for a slow one is late
  too. One-by-one sends the next message when the confirm or the delivery of the last one is there.
- Every run is checked: the server has got all messages, with as many octets as they should have, the client all
  deliveries, and the server all acknowledgements.
- amqp08 and rabbitmq are ours. limit is a loop that writes or reads the same octets, 64 KiB at a time, and does nothing
  else. py-amqplib, which is slow, takes part in the base of each flow alone.

`

// writeReport writes all that was measured.
func writeReport(w io.Writer, suite *bench.Suite, o options, all []measured) {
	fmt.Fprint(w, "# What a message costs\n\n")
	writeMachine(w, suite)
	fmt.Fprintf(w, howToRead, o.rounds)
	if o.dir != "" && len(plotted(all)) > 0 {
		fmt.Fprintf(w, "![CPU per message](%s)\n\n", plotFile)
	}
	for _, t := range topics {
		t.write(w, all)
	}
}
