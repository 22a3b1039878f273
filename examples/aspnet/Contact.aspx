<%@ Page Language="C#" EnableViewState="false" %>
<%@ Import Namespace="Postrider" %>
<%-- A web form that sends: bin/Postrider.dll beside it, web.config says from where, to whom and by which server. --%>
<script runat="server">
	static string Setting(string name)
	{
		return System.Configuration.ConfigurationManager.AppSettings[name];
	}

	void Send_Click(object sender, EventArgs e)
	{
		try
		{
			using (var mail = new Mail(Setting("from"), Setting("to"), Subject.Text) { Text = Message.Text })
			{
				mail.ReplyTo = Visitor.Text;  // the visitor chooses no recipient
				if (Attachment.HasFile)
					mail.AttachMemory(System.IO.Path.GetFileName(Attachment.FileName), Attachment.FileBytes);
				var result = mail.Send(Setting("server"));
				Outcome.Text = result.Status == 0 ? "Thank you, it has arrived." : "It has not arrived: " + result[0].Meaning;
			}
		}
		catch (PostriderException wrong)
		{
			Outcome.Text = wrong.Message;
		}
	}
</script>
<!DOCTYPE html>
<html>
<head><meta charset="utf-8" /><title>Write to us</title></head>
<body>
	<form runat="server" enctype="multipart/form-data">
		<p><label>Your address <asp:TextBox id="Visitor" runat="server" /></label></p>
		<p><label>Subject <asp:TextBox id="Subject" runat="server" /></label></p>
		<p><asp:TextBox id="Message" runat="server" TextMode="MultiLine" Rows="10" Columns="60" /></p>
		<p><asp:FileUpload id="Attachment" runat="server" /> <asp:Button id="Send" runat="server" Text="Send" OnClick="Send_Click" /></p>
		<p><asp:Literal id="Outcome" runat="server" Mode="Encode" /></p>
	</form>
</body>
</html>
