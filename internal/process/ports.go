package process

import (
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

// Loopback is the only address that a test's broker listens on.
const Loopback = "127.0.0.1"

// Ports are drawn from below the range that Linux gives to outgoing connections and to listeners on port 0,
// so that a port stays free while its broker is down.
const lowestPort, highestPort = 20000, 32000

// FreePorts returns n different ports that nobody listens on.
func FreePorts(n int) ([]int, error) {
	var ports []int
	for range 100 * n {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		listener, err := net.Listen("tcp", Address(port))
		if err != nil {
			continue
		}
		defer listener.Close() // held until all are found, so that they differ
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("process: no %d free ports from %d to %d", n, lowestPort, highestPort)
}

// Address is host and port of a port on the loopback address.
func Address(port int) string { return fmt.Sprintf("%s:%d", Loopback, port) }

// Answers reports whether somebody accepts connections on the port.
func Answers(port int) bool {
	conn, err := net.DialTimeout("tcp", Address(port), time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
