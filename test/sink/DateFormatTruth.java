import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.text.SimpleDateFormat;
import java.util.HexFormat;
import java.util.TimeZone;

/** Reads lines of `hex(pattern) hex(text)`; answers the milliseconds of java.text.SimpleDateFormat, or `refused`. */
class DateFormatTruth {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        StringBuilder out = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split(" ", 2);
            // As org.apache.kafka.connect.transforms.TimestampConverter makes it.
            SimpleDateFormat format = new SimpleDateFormat(text(parts[0]));
            format.setTimeZone(TimeZone.getTimeZone("UTC"));
            try {
                out.append(format.parse(text(parts[1])).getTime());
            } catch (ParseException refused) {
                out.append("refused");
            }
            out.append('\n');
        }
        System.out.print(out);
    }

    private static String text(String hex) {
        return new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_16BE);
    }
}
