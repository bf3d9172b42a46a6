// None dials TLS and speaks no AMQP: what the others have beyond it is their
// client's.
package main

import (
	"crypto/tls"
	"log"
)

func main() {
	conn, err := tls.Dial("tcp", "localhost:5671", nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := conn.Write([]byte("hello")); err != nil {
		log.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		log.Fatal(err)
	}
}
