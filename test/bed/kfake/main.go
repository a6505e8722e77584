// A broker of the Kafka protocol whose versions are capped, to play brokers that are not Apache's: franz-go's kfake.
//
//	kfake -port 9092 -topics a:4,b:1 -max 3=8,10=3 -without-ids
//
// It prints its address once it listens, and ends when it is told to.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// The last version of Metadata that knows no topic ids.
const metadataWithoutIds = 9

func main() {
	port := flag.Int("port", 0, "where to listen, on loopback")
	topics := flag.String("topics", "", "name:partitions, separated by commas")
	caps := flag.String("max", "", "key=version, separated by commas: the newest version of an API; -1 takes it away")
	withoutIds := flag.Bool("without-ids", false, "answer the zero uuid for every topic's id")
	flag.Parse()
	options := []kfake.Opt{kfake.NumBrokers(1), kfake.Ports(*port)}
	for name, partitions := range pairs(*topics, ":") {
		options = append(options, kfake.SeedTopics(int32(partitions), name))
	}
	options = append(options, kfake.MaxVersions(capped(*caps)))
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	if *withoutIds {
		hideIds(cluster)
	}
	fmt.Println(strings.Join(cluster.ListenAddrs(), ","))
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
}

// Everything that kfake can, but for the keys that are named.
func capped(caps string) *kversion.Versions {
	versions := kversion.Stable()
	wanted := pairs(caps, "=")
	all := new(kversion.Versions)
	versions.EachMaxKeyVersion(func(key, version int16) {
		if limit, ok := wanted[strconv.Itoa(int(key))]; ok {
			version = min(version, int16(limit))
		}
		if version >= 0 {
			all.SetMaxKeyVersion(key, version)
		}
	})
	return all
}

// Metadata from 10 on is answered as if it were 9, which has no ids: each topic's is then the zero uuid.
func hideIds(cluster *kfake.Cluster) {
	old := kversion.Stable()
	old.SetMaxKeyVersion(kmsg.Metadata.Int16(), metadataWithoutIds)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.MaxVersions(old))
	if err != nil {
		log.Fatal(err)
	}
	cluster.ControlKey(kmsg.Metadata.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
		asked := request.(*kmsg.MetadataRequest)
		if asked.Version <= metadataWithoutIds {
			return nil, nil, false
		}
		cluster.KeepControl()
		var answer kmsg.Response
		var err error
		cluster.SleepControl(func() {
			again := *asked
			answer, err = client.SeedBrokers()[0].Request(context.Background(), &again)
		})
		if err != nil {
			return nil, err, true
		}
		answer.SetVersion(asked.Version)
		return answer, nil, true
	})
}

func pairs(text string, separator string) map[string]int {
	found := map[string]int{}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		name, number, _ := strings.Cut(part, separator)
		value, err := strconv.Atoi(number)
		if err != nil {
			log.Fatalf("%q is not name%snumber", part, separator)
		}
		found[name] = value
	}
	return found
}
