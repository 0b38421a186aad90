{
  "targets": [
    {
      "target_name": "ist_native",
      "sources": [
        "src/binding.c",
        "src/binding-engine.c",
        "src/binding-links.c",
        "src/binding-sockets.c",
        "src/binding-system.c",
        "src/commands.c",
        "src/connect.c",
        "src/control.c",
        "src/datagram.c",
        "src/destination.c",
        "src/dns.c",
        "src/echo.c",
        "src/engine.c",
        "src/exchange.c",
        "src/heap.c",
        "src/icmp-sockets.c",
        "src/icmp.c",
        "src/links.c",
        "src/neighbours.c",
        "src/outcome.c",
        "src/pool.c",
        "src/schedule.c",
        "src/tcp-socket.c"
      ],
      "defines": ["NAPI_VERSION=9", "_GNU_SOURCE"],
      "cflags!": ["-fno-omit-frame-pointer"],
      "cflags": ["-std=c11", "-O2", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    }
  ]
}
