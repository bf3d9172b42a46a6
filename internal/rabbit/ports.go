package rabbit

import (
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

// loopback is the only address that a node listens on.
const loopback = "127.0.0.1"

// Ports are drawn from below the range that Linux gives to outgoing connections and to listeners on port 0,
// so that a port stays free while its node is down.
const lowestPort, highestPort = 20000, 32000

// freePorts returns n different ports that nobody listens on.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range 100 * n {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		listener, err := net.Listen("tcp", address(port))
		if err != nil {
			continue
		}
		defer listener.Close() // held until all are found, so that they differ
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("rabbit: no %d free ports from %d to %d", n, lowestPort, highestPort)
}

// address is host and port of a port on the loopback address.
func address(port int) string { return fmt.Sprintf("%s:%d", loopback, port) }

// answers reports whether somebody accepts connections on the port.
func answers(port int) bool {
	conn, err := net.DialTimeout("tcp", address(port), time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
