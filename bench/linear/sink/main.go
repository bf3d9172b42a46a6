// Sink is a server of AMQP 0-8 that takes any number of connections and
// channels. It counts what is published and drops it, and pushes deliveries
// that are ready-made. It says on its output where it listens, and ends with
// its input.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"sync/atomic"
)

// published counts the messages that came whole, over all connections.
var published atomic.Uint32

func main() {
	log.SetFlags(0)
	log.SetPrefix("sink: ")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Addr())
	go accept(l)
	io.Copy(io.Discard, os.Stdin)
}

func accept(l net.Listener) {
	for {
		nc, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer nc.Close()
			if err := serve(nc); err != nil {
				log.Print(err)
			}
		}()
	}
}
